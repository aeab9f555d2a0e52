import { Field, type FieldProps, fieldId, Group } from './field.tsx';
import { AddButton, RemoveButton } from './item-buttons.tsx';
import type { Schema, Schemas } from './schema.ts';

/** What a new item begins as. */
const emptyOf = (schemas: Schemas, items: Schema): unknown => {
  const { type } = schemas.resolve(items);
  if (type === 'object') return {};
  return type === 'array' ? [] : '';
};

/** Items in their order, each of which can be added and taken away. */
export const ListField = (props: FieldProps) => {
  const { schemas, schema, path, label, value, issues, onChange } = props;
  const items = (value ?? []) as readonly unknown[];
  const set = (next: readonly unknown[]): void => onChange(next.length === 0 ? undefined : next);
  return (
    <Group path={path} label={label} help={schema.description} isOpen={items.length > 0} issues={issues}>
      {items.map((item, at) => (
        <div class="item" key={at}>
          <Field
            schemas={schemas}
            schema={schema.items ?? {}}
            path={`${path}[${at}]`}
            label={`${label} ${at + 1}`}
            isRequired
            value={item}
            issues={issues}
            onChange={(changed) => set(items.map((each, place) => (place === at ? changed : each)))}
          />
          <RemoveButton
            label={`${label} ${at + 1}`}
            onPress={() => set(items.filter((_, place) => place !== at))}
          />
        </div>
      ))}
      <AddButton
        label={label}
        addedId={fieldId(`${path}[${items.length}]`)}
        isFull={items.length >= (schema.maxItems ?? Number.POSITIVE_INFINITY)}
        onPress={() => set([...items, emptyOf(schemas, schema.items ?? {})])}
      />
    </Group>
  );
};
