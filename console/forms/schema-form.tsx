import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import { ProblemError } from '../../client/problem-error.ts';
import type { Issue } from '../../lib/errors.ts';
import { Loading } from '../parts/loading.tsx';
import { ProblemNotice } from '../parts/problem-notice.tsx';
import { useLoad } from '../use-load.ts';
import { Field } from './field.tsx';
import { readSchemas, type Schema, type Schemas } from './schema.ts';

interface SchemaFormProps {
  /** What is asked for, made of the schemas of the API. */
  readonly schema: (schemas: Schemas) => Schema;
  readonly initial?: Readonly<Record<string, unknown>>;
  readonly submitLabel: string;
  /** Sends it; what it throws is shown, and what of it concerns a field, at that field. */
  readonly onSubmit: (value: Record<string, unknown>) => Promise<void>;
  /** The form's name of a place that the service names otherwise. */
  readonly toField?: (path: string) => string;
  readonly children?: ComponentChildren;
}

const issuesOf = (error: unknown, toField: (path: string) => string): Issue[] => {
  if (!(error instanceof ProblemError)) return [];
  return (error.problem.issues ?? []).map(({ path, message }) => ({ path: toField(path), message }));
};

/** A form made from a schema; what is allowed is for the service to say, and it says so at each field. */
export const SchemaForm = (props: SchemaFormProps) => {
  const schemas = useLoad(readSchemas, []);
  return <Loading of={schemas}>{(known) => <OpenForm {...props} schemas={known} />}</Loading>;
};

const OpenForm = ({
  schemas,
  schema,
  initial = {},
  submitLabel,
  onSubmit,
  toField = (path) => path,
  children,
}: SchemaFormProps & { readonly schemas: Schemas }) => {
  const [value, setValue] = useState<Record<string, unknown>>(initial);
  const [error, setError] = useState<unknown>();
  const [isBusy, setBusy] = useState(false);
  const { properties = {}, required = [] } = schema(schemas);
  const issues = issuesOf(error, toField);
  const submit = async (event: Event): Promise<void> => {
    event.preventDefault();
    if (isBusy) return;
    setBusy(true);
    setError(undefined);
    try {
      await onSubmit(value);
    } catch (thrown) {
      setError(thrown);
    } finally {
      setBusy(false);
    }
  };
  return (
    <form noValidate onSubmit={submit} aria-busy={isBusy}>
      <ProblemNotice error={error} takesFocus />
      {Object.entries(properties).map(([name, each]) => (
        <Field
          key={name}
          schemas={schemas}
          schema={each}
          path={name}
          label={name}
          isRequired={required.includes(name)}
          value={value[name]}
          issues={issues}
          onChange={(changed) =>
            setValue(({ [name]: _, ...rest }) =>
              changed === undefined ? rest : { ...rest, [name]: changed },
            )
          }
        />
      ))}
      {children}
      <div class="actions">
        <button type="submit" aria-disabled={isBusy}>
          {isBusy ? 'Working …' : submitLabel}
        </button>
      </div>
    </form>
  );
};
