import { useState } from 'preact/hooks';
import { Field, type FieldProps, Fields, fieldId, Group, issueAt } from './field.tsx';
import { AddButton, RemoveButton } from './item-buttons.tsx';
import type { Schema } from './schema.ts';

/**
 * The value of a changed list. A list that was there stays there once it is empty, because an empty list may say something else than none: without
 * grants everybody may use a location, and with an empty list nobody.
 */
const useEmptied = ({ value, isRequired }: FieldProps) => {
  const [wasThere] = useState(value !== undefined);
  return <T,>(next: readonly T[]): readonly T[] | undefined =>
    next.length === 0 && !wasThere && !isRequired ? undefined : next;
};

/** A checkbox for each option. */
const Choices = ({ of, options }: { readonly of: FieldProps; readonly options: readonly string[] }) => {
  const { path, label, schema, value, issues, onChange } = of;
  const emptied = useEmptied(of);
  const chosen = (value ?? []) as readonly string[];
  const issue = issueAt(issues, path);
  const set = (option: string, isChosen: boolean): void => {
    const next = options.filter((each) => (each === option ? isChosen : chosen.includes(each)));
    onChange(emptied(next));
  };
  return (
    <fieldset id={fieldId(path)} class="choices">
      <legend>{label}</legend>
      {schema.description && <p class="help">{schema.description}</p>}
      {issue !== undefined && <p class="issue">{issue}</p>}
      {options.map((option) => (
        <label class="check" key={option}>
          <input
            type="checkbox"
            checked={chosen.includes(option)}
            onChange={(event) => set(option, event.currentTarget.checked)}
          />{' '}
          {option}
        </label>
      ))}
    </fieldset>
  );
};

/** A row for each item, which the user can add and remove. */
const Rows = ({ of: props, item }: { readonly of: FieldProps; readonly item: Schema }) => {
  const { schemas, schema, path, label, value, issues, onChange } = props;
  const items = (value ?? []) as readonly unknown[];
  const emptied = useEmptied(props);
  const set = (next: readonly unknown[]): void => onChange(emptied(next));
  return (
    <Group of={props}>
      {items.map((each, at) => {
        const of = {
          schemas,
          schema: item,
          path: `${path}[${at}]`,
          value: each,
          issues,
          foldings: 0,
          onChange: (changed: unknown) => set(items.map((other, place) => (place === at ? changed : other))),
        };
        const name = `${label} ${at + 1}`;
        return (
          <div class="item" key={at} role="group" aria-label={name} id={`${fieldId(path)}-item-${at}`}>
            {item.properties ? (
              <Fields of={of} labelled={(inner) => `${inner} ${at + 1}`} />
            ) : (
              <Field {...of} label={name} isRequired />
            )}
            <RemoveButton label={name} onPress={() => set(items.filter((_, place) => place !== at))} />
          </div>
        );
      })}
      <AddButton
        label={label}
        addedId={`${fieldId(path)}-item-${items.length}`}
        isFull={items.length >= (schema.maxItems ?? Number.POSITIVE_INFINITY)}
        onPress={() => set([...items, item.type === 'object' ? {} : ''])}
      />
    </Group>
  );
};

/** A list: of options, or of any items. */
export const ListField = (props: FieldProps) => {
  const item = props.schemas.resolve(props.schema.items ?? {});
  return item.enum ? <Choices of={props} options={item.enum} /> : <Rows of={props} item={item} />;
};
