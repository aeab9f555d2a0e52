import type { NewElement } from '../../client/elements.ts';
import { isObject } from '../../lib/is-object.ts';
import type { Location } from '../../lib/location/location.ts';
import { type Asked, FieldError, type RunRequest, readForm } from './request.ts';
import { prepareRun } from './start-run.ts';
import { describedBy, Notes } from './text-field.tsx';

/** A request as text, and the elements to create before it. */
export interface Written {
  readonly text: string;
  readonly makes: readonly NewElement[];
  /** Why the text does not have all that the form has. */
  readonly remarks?: readonly string[];
}

export const written = (request: RunRequest, makes: readonly NewElement[] = []): Written => ({
  text: JSON.stringify(request, null, 2),
  makes,
});

/** A form without an image becomes an example. */
const exampleOf = (asked: Asked): Asked => ({
  ...asked,
  image: 'alpine:3.20',
  command: asked.command === '' ? 'echo hello' : asked.command,
});

/** The form as text. Without invalid values, so that it always has a text. */
export const writeForm = async (asked: Asked, locations: readonly Location[]): Promise<Written> => {
  const isEmpty = asked.image.trim() === '';
  const { request, issues } = readForm(isEmpty ? exampleOf(asked) : asked);
  const remarks = [
    ...(isEmpty ? ['An example, as no image is chosen: change it, or paste a request over it.'] : []),
    ...Object.values(issues).map((issue) => `Left out: ${issue}`),
  ];
  try {
    const { request: prepared, makes } = await prepareRun(request, locations);
    return { ...written(prepared, makes), remarks };
  } catch (error) {
    return { ...written(request), remarks: [...remarks, (error as Error).message] };
  }
};

/** A pasted request in JSON or YAML. The YAML parser loads on demand. Throws `FieldError`. */
export const parsed = async (text: string, location: string): Promise<RunRequest> => {
  const { parse } = await import('yaml');
  let request: unknown;
  try {
    request = parse(text);
  } catch (error) {
    throw new FieldError({ request: `This is neither JSON nor YAML: ${(error as Error).message}` });
  }
  const { executorId, members = [] } = isObject(request) ? request : {};
  if (typeof executorId !== 'string' || !Array.isArray(members) || !members.every(isObject))
    throw new FieldError({
      request: `A request has an executorId and a list of members; executor://${location}/ makes a new name.`,
    });
  return request as unknown as RunRequest;
};

/** The request of a run as text. */
export const RequestEditor = ({
  of,
  error,
  onChange,
}: {
  readonly of: Written;
  readonly error: FieldError | undefined;
  readonly onChange: (changed: Written) => void;
}) => {
  const makes = of.makes.filter(({ id }) => of.text.includes(id));
  return (
    <section class="card">
      {of.remarks?.map((remark) => (
        <p class="notice" key={remark}>
          {remark}
        </p>
      ))}
      <div class="field">
        <label for="request">Request, as JSON or YAML</label>
        <textarea
          id="request"
          rows={24}
          spellcheck={false}
          value={of.text}
          aria-invalid={error === undefined ? undefined : true}
          aria-describedby={describedBy('request', true, error)}
          onInput={(event) => onChange({ ...of, text: event.currentTarget.value })}
        />
        <Notes
          id="request"
          issue={error?.message}
          help={
            <>
              What <code>POST /v1/compositions</code> takes, and <b>Start the run</b> sends.
              {makes.length > 0 && ' Before it, these are created: '}
              {makes.map((element) => (
                <code key={element.id}>{JSON.stringify(element)} </code>
              ))}
            </>
          }
        />
      </div>
    </section>
  );
};
