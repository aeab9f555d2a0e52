import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import type { Issue } from '../../lib/errors.ts';
import { Prose } from '../parts/prose.tsx';
import { labelOf } from './label.ts';
import { ListField } from './list-field.tsx';
import { MapField } from './map-field.tsx';
import type { Schema, Schemas } from './schema.ts';
import { ValueField } from './value-field.tsx';

/** The properties of every field. A form does not send undefined values. */
export interface FieldProps {
  readonly schemas: Schemas;
  readonly schema: Schema;
  /** The path that the service uses: `process.args[0]`. */
  readonly path: string;
  readonly label: string;
  readonly isRequired: boolean;
  /** How many levels of folded groups are allowed from here down. */
  readonly foldings: number;
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

/** A group of related fields: folded if it is optional and in no other group; opens if one of its fields has an error. */
export const Group = ({
  of: { path, label, schema, issues, foldings, isRequired, value },
  children,
}: {
  readonly of: FieldProps;
  readonly children: ComponentChildren;
}) => {
  const own = issueAt(issues, path);
  const isWrong = issues.some((issue) => isWithin(issue.path, path));
  // A group that the user opened stays open, even if it is empty.
  const [isOpen, setOpen] = useState(isRequired || value !== undefined);
  const help = schema.description && schema.description !== `${label}.` && (
    <span class="help">
      <Prose text={schema.description} />
    </span>
  );
  const content = (
    <>
      {own && <p class="issue">{own}</p>}
      <div class="fields">{children}</div>
    </>
  );
  if (foldings === 0) {
    return (
      <fieldset id={fieldId(path)}>
        <legend>{label}</legend>
        {help}
        {content}
      </fieldset>
    );
  }
  return (
    <details
      class={own ? 'group wrong' : 'group'}
      open={isOpen || isWrong}
      id={fieldId(path)}
      onToggle={(event) => setOpen(event.currentTarget.open)}
    >
      <summary>
        <span>{label}</span> {help}
      </summary>
      <div role="group" aria-label={label}>
        {content}
      </div>
    </details>
  );
};

type Fields = Readonly<Record<string, unknown>>;

/** The fields of an object, with folded groups last. */
export const Fields = ({
  of: { schemas, schema, path, value, issues, foldings, onChange },
  labelled = (label) => label,
}: {
  readonly of: Omit<FieldProps, 'label' | 'isRequired' | 'onChange'> & {
    readonly onChange: (value: Fields) => void;
  };
  readonly labelled?: (label: string) => string;
}) => {
  const fields = (value ?? {}) as Fields;
  const all = Object.entries(schema.properties ?? {});
  const folds = ([, each]: (typeof all)[number]): boolean =>
    foldings > 0 && /object|array/.test(schemas.resolve(each).type ?? '');
  return (
    <>
      {[...all.filter((each) => !folds(each)), ...all.filter(folds)].map(([name, each]) => (
        <Field
          key={name}
          schemas={schemas}
          schema={each}
          path={path === '' ? name : `${path}.${name}`}
          label={labelled(labelOf(name, each))}
          isRequired={schema.required?.includes(name) ?? false}
          foldings={foldings}
          value={fields[name]}
          issues={issues}
          onChange={(changed) => {
            const { [name]: _, ...rest } = fields;
            onChange(changed === undefined ? rest : { ...rest, [name]: changed });
          }}
        />
      ))}
    </>
  );
};

/** Whether all fields of an object are groups, as in a specification, so that it needs no folding of its own. */
const isOfGroups = ({ schemas, schema }: FieldProps): boolean =>
  Object.values(schema.properties ?? {}).some((each) => schemas.resolve(each).properties !== undefined);

const ObjectField = (props: FieldProps) => {
  const { foldings, isRequired, onChange } = props;
  return (
    <Group of={props}>
      <Fields
        of={{
          ...props,
          foldings: foldings > 0 && isOfGroups(props) ? foldings - 1 : 0,
          onChange: (next) => onChange(Object.keys(next).length === 0 && !isRequired ? undefined : next),
        }}
      />
    </Group>
  );
};

/** The field for a schema. */
export const Field = (props: FieldProps) => {
  const schema = props.schemas.resolve(props.schema);
  const resolved = { ...props, schema };
  if (schema.type === 'array') return <ListField {...resolved} />;
  if (schema.type !== 'object') return <ValueField {...resolved} />;
  return schema.properties ? <ObjectField {...resolved} /> : <MapField {...resolved} />;
};
