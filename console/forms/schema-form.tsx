import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import { boundInWords } from '../../client/bound-in-words.ts';
import { ProblemError } from '../../client/problem-error.ts';
import type { Issue } from '../../lib/errors.ts';
import { Loading } from '../parts/loading.tsx';
import { ProblemNotice } from '../parts/problem-notice.tsx';
import { useLoad } from '../use-load.ts';
import { Fields } from './field.tsx';
import { readSchemas, type Schema, type Schemas } from './schema.ts';

/** A specification folds, and so do its groups; deeper levels do not. */
const MOST_FOLDINGS = 2;

interface SchemaFormProps {
  /** The schema of the form, made from the schemas of the API. */
  readonly schema: (schemas: Schemas) => Schema;
  readonly initial?: Readonly<Record<string, unknown>>;
  readonly submitLabel: string;
  /** Submits the value. The form shows errors, and issues of a field at that field. */
  readonly onSubmit: (value: Readonly<Record<string, unknown>>) => Promise<void>;
  /** The form's path of a field that the service calls differently. */
  readonly toField?: (path: string) => string;
  readonly children?: ComponentChildren;
}

const issuesOf = (error: unknown, toField: (path: string) => string): Issue[] => {
  if (!(error instanceof ProblemError)) return [];
  return (error.problem.issues ?? []).map(({ path, message }) => {
    const bound = boundInWords(message);
    return { path: toField(path), message: bound === undefined ? message : `It has to ${bound}.` };
  });
};

/** A form for a schema. The service validates, and its issues appear at the fields. */
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
  const [value, setValue] = useState(initial);
  const [error, setError] = useState<unknown>();
  const [isBusy, setBusy] = useState(false);
  const asked = schema(schemas);
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
    <form class="form" noValidate onSubmit={submit} aria-busy={isBusy}>
      <ProblemNotice error={error} takesFocus />
      <div class="fields">
        <Fields
          of={{
            schemas,
            schema: asked,
            path: '',
            value,
            issues,
            foldings: MOST_FOLDINGS,
            onChange: setValue,
          }}
        />
      </div>
      {children}
      <div class="actions">
        <button type="submit" aria-disabled={isBusy}>
          {isBusy ? 'Working …' : submitLabel}
        </button>
      </div>
    </form>
  );
};
