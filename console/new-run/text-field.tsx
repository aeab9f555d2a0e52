import type { ComponentChildren } from 'preact';
import { Prose } from '../parts/prose.tsx';
import type { Asked, FieldError } from './request.ts';

type TextName = { [K in keyof Asked]: Asked[K] extends string ? K : never }[keyof Asked];

/** Properties that all fields of the form share. */
export interface FormState {
  readonly asked: Asked;
  readonly error: FieldError | undefined;
  ask(changed: Partial<Asked>): void;
}

interface TextFieldProps {
  readonly form: FormState;
  readonly of: TextName;
  readonly label: string;
  readonly help?: ComponentChildren;
  readonly placeholder?: string;
  /** A field of several lines. */
  readonly rows?: number;
}

/** The IDs of a field's descriptions for screen readers: its help, and its message. */
export const describedBy = (id: string, help: unknown, issue: unknown): string | undefined =>
  [help ? `${id}-help` : '', issue ? `${id}-issue` : ''].filter(Boolean).join(' ') || undefined;

/** The message of a field, and its help. */
export const Notes = ({
  id,
  issue,
  help,
}: {
  readonly id: string;
  readonly issue: string | undefined;
  readonly help?: ComponentChildren;
}) => (
  <>
    {issue !== undefined && (
      <p class="issue" id={`${id}-issue`}>
        <Prose text={issue} />
      </p>
    )}
    {help && (
      <p class="help" id={`${id}-help`}>
        {help}
      </p>
    )}
  </>
);

export const issueOf = ({ error }: FormState, field: string): string | undefined => error?.issues[field];

/** A field of text. */
export const TextField = ({ form, of, label, help, placeholder, rows }: TextFieldProps) => {
  const id = `run-${of}`;
  const issue = issueOf(form, of);
  const common = {
    id,
    name: of,
    value: form.asked[of],
    spellcheck: false,
    autocomplete: 'off',
    'aria-invalid': issue === undefined ? undefined : true,
    'aria-describedby': describedBy(id, help, issue),
    ...(placeholder === undefined ? {} : { placeholder }),
    onInput: (event: { currentTarget: { value: string } }) => form.ask({ [of]: event.currentTarget.value }),
  } as const;
  return (
    <div class="field">
      <label for={id}>{label}</label>
      {rows === undefined ? <input {...common} /> : <textarea {...common} rows={rows} />}
      <Notes id={id} issue={issue} help={help} />
    </div>
  );
};
