import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import type { Issue } from '../../lib/errors.ts';
import { Prose } from '../parts/prose.tsx';
import { ListField } from './list-field.tsx';
import { MapField } from './map-field.tsx';
import type { Schema, Schemas } from './schema.ts';
import { ValueField } from './value-field.tsx';

/** What every field is given. A value that is undefined is not sent. */
export interface FieldProps {
  readonly schemas: Schemas;
  readonly schema: Schema;
  /** As the service names it: `process.args[0]`. */
  readonly path: string;
  readonly label: string;
  readonly isRequired: boolean;
  readonly value: unknown;
  readonly issues: readonly Issue[];
  readonly onChange: (value: unknown) => void;
}

/** The element of a field, by its path. */
export const fieldId = (path: string): string => `field-${path.replace(/[^A-Za-z0-9]+/g, '-')}`;

export const issueAt = (issues: readonly Issue[], path: string): string | undefined => {
  const found = issues.filter((issue) => issue.path === path).map(({ message }) => message);
  return found.length === 0 ? undefined : found.join('; ');
};

const isWithin = (path: string, of: string): boolean =>
  path.startsWith(of) && (path.length === of.length || /^[.[]/.test(path.slice(of.length)));

/** A group that may stay closed: what is in it is optional. It opens where something in it is wrong. */
export const Group = ({
  path,
  label,
  help,
  isOpen,
  issues,
  children,
}: {
  readonly path: string;
  readonly label: string;
  readonly help: string | undefined;
  readonly isOpen: boolean;
  readonly issues: readonly Issue[];
  readonly children: ComponentChildren;
}) => {
  const own = issueAt(issues, path);
  const isWrong = issues.some((issue) => isWithin(issue.path, path));
  // What somebody opened stays open, though nothing is in it yet.
  const [open, setOpen] = useState(isOpen);
  return (
    <details
      class={own ? 'group wrong' : 'group'}
      open={open || isWrong}
      id={fieldId(path)}
      onToggle={(event) => setOpen(event.currentTarget.open)}
    >
      <summary>{label}</summary>
      <div role="group" aria-label={label}>
        {help && (
          <p class="help">
            <Prose text={help} />
          </p>
        )}
        {own && <p class="issue">{own}</p>}
        {children}
      </div>
    </details>
  );
};

const ObjectField = (props: FieldProps) => {
  const { schemas, schema, path, label, value, issues, onChange, isRequired } = props;
  const fields = (value ?? {}) as Record<string, unknown>;
  const set = (name: string, changed: unknown): void => {
    const next = { ...fields, [name]: changed };
    if (changed === undefined) delete next[name];
    onChange(Object.keys(next).length === 0 && !isRequired ? undefined : next);
  };
  return (
    <Group
      path={path}
      label={label}
      help={schema.description}
      isOpen={isRequired || value !== undefined}
      issues={issues}
    >
      {Object.entries(schema.properties ?? {}).map(([name, each]) => (
        <Field
          key={name}
          schemas={schemas}
          schema={each}
          path={path === '' ? name : `${path}.${name}`}
          label={name}
          isRequired={schema.required?.includes(name) ?? false}
          value={fields[name]}
          issues={issues}
          onChange={(changed) => set(name, changed)}
        />
      ))}
    </Group>
  );
};

/** A field of a form, as its schema asks for it. */
export const Field = (props: FieldProps) => {
  const schema = props.schemas.resolve(props.schema);
  const resolved = { ...props, schema };
  if (schema.type === 'array') return <ListField {...resolved} />;
  if (schema.type !== 'object') return <ValueField {...resolved} />;
  return schema.properties ? <ObjectField {...resolved} /> : <MapField {...resolved} />;
};
