import { useState } from 'preact/hooks';
import type { Location } from '../../lib/location/location.ts';
import { api } from '../api.ts';
import { Heading } from '../parts/heading.tsx';
import { Loading } from '../parts/loading.tsx';
import { ProblemNotice } from '../parts/problem-notice.tsx';
import { NoRunner } from '../parts/runner.tsx';
import { goTo, links, parseQuery } from '../route.ts';
import { referenceOf, rootOf } from '../runs/what-runs.ts';
import { useLoad } from '../use-load.ts';
import { askedOf, requestAgain } from './again.ts';
import { placeRefusal } from './refusal.ts';
import { type Asked, FieldError, NOTHING, type RunRequest, readForm, requestOf } from './request.ts';
import { parsed, RequestEditor, type Written, writeForm, written } from './request-editor.tsx';
import { RunFields } from './run-fields.tsx';
import { prepareRun, startRun } from './start-run.ts';
import type { FormState } from './text-field.tsx';

/** The initial form: empty, with an image, or with an earlier run to repeat. */
const beginWith = (former: Former | undefined, location: string): [Asked, Written | undefined] => {
  if (!former)
    return [{ ...NOTHING, location, image: parseQuery(window.location.hash).get('image') ?? '' }, undefined];
  const asked = askedOf(former.request);
  // A request without matching fields is edited as text.
  return asked
    ? [{ ...asked, image: former.image ?? asked.image }, undefined]
    : [{ ...NOTHING, location }, written(former.request)];
};

const Form = ({
  locations,
  former,
}: {
  readonly locations: readonly Location[];
  readonly former: Former | undefined;
}) => {
  const executors = locations.filter(({ kind }) => kind === 'executor');
  const home = executors.find(({ name }) => name === 'machines') ?? executors[0];
  const [[begun, begunText]] = useState(() => beginWith(former, home?.name ?? ''));
  const [asked, setAsked] = useState(begun);
  const [source, setSource] = useState(begunText);
  const [error, setError] = useState<FieldError>();
  /** A refusal that belongs to no field. */
  const [refusal, setRefusal] = useState<unknown>();
  const [isBusy, setBusy] = useState(false);
  if (!home) {
    return (
      <p>
        A run needs a location of the kind <code>executor</code>, such as <code>machines</code>, and there is
        none: <a href={links.newLocation}>make one</a>.
      </p>
    );
  }
  const form: FormState = {
    asked,
    error,
    ask: (changed) => setAsked((before) => ({ ...before, ...changed })),
  };
  /** Turns to the text, or back to the form. */
  const turnTo = (next: Written | undefined): void => {
    setSource(next);
    setError(undefined);
    setRefusal(undefined);
  };
  const start = async (): Promise<void> => {
    const request = source === undefined ? requestOf(asked) : await parsed(source.text, home.name);
    const prepared = await prepareRun(request, locations);
    const makes = [
      ...new Map([...prepared.makes, ...(source?.makes ?? [])].map((each) => [each.id, each])).values(),
    ];
    const { executorId, taskId } = await startRun({ ...prepared, makes });
    goTo(links.run(executorId, taskId));
  };
  const submit = async (event: Event): Promise<void> => {
    event.preventDefault();
    if (isBusy) return;
    setBusy(true);
    setError(undefined);
    setRefusal(undefined);
    try {
      await start();
    } catch (thrown) {
      const { issues, isWhole } =
        source === undefined ? placeRefusal(thrown, readForm(asked)) : { issues: {}, isWhole: false };
      const atFields = thrown instanceof FieldError ? thrown : new FieldError(issues);
      setError(atFields);
      if (atFields !== thrown && !isWhole) setRefusal(thrown);
      // Focuses the first invalid field, after its message is rendered.
      else requestAnimationFrame(() => document.querySelector<HTMLElement>('.form [aria-invalid]')?.focus());
    }
    setBusy(false);
  };
  return (
    <form class="form" noValidate onSubmit={submit} aria-busy={isBusy}>
      <ProblemNotice error={refusal} takesFocus />
      <NoRunner key={asked.location} location={asked.location} />
      {source === undefined ? (
        <RunFields form={form} executors={executors} />
      ) : (
        <RequestEditor of={source} error={error} onChange={setSource} />
      )}
      <div class="actions">
        <button type="submit" aria-disabled={isBusy}>
          {isBusy ? 'Starting …' : 'Start the run'}
        </button>
        {source === undefined ? (
          <button type="button" class="quiet" onClick={() => void writeForm(asked, locations).then(turnTo)}>
            As JSON or YAML
          </button>
        ) : (
          <button type="button" class="quiet" onClick={() => turnTo(undefined)}>
            Back to the form
          </button>
        )}
      </div>
    </form>
  );
};

/** An earlier run, and the name of its image as people type it. */
interface Former {
  readonly request: RunRequest;
  readonly image: string | undefined;
}

/** The run in the URL, which the user repeats. */
const readFormer = async (signal: AbortSignal): Promise<Former | undefined> => {
  const executorId = parseQuery(window.location.hash).get('again');
  if (executorId === null) return undefined;
  const executor = await api.elements.read(executorId, { fields: ['spec', 'composition'], signal });
  const root = rootOf(executor.composition?.members ?? []);
  // Without the registry only of official images, since another name may also be one of a location here.
  const image = root && (await referenceOf(root.id)).replace(/^docker\.io\/library\//, '');
  return { request: requestAgain(executor), image };
};

/** Starts a run: an executor with its own task, in one call. */
export const NewRunView = () => {
  const read = useLoad(
    (signal) => Promise.all([api.locations.list({ signal, limit: 1000 }).all(), readFormer(signal)]),
    [],
  );
  return (
    <>
      <Heading title="New run" above={<a href={links.runs}>Runs</a>} />
      <Loading of={read}>{([locations, former]) => <Form locations={locations} former={former} />}</Loading>
    </>
  );
};
