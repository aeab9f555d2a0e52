import { useState } from 'preact/hooks';
import { type FieldProps, fieldId, Group, issueAt } from './field.tsx';
import { AddButton, RemoveButton } from './item-buttons.tsx';

type Entry = readonly [key: string, value: unknown];

/** The map, without entries whose key is still empty. */
const mapOf = (entries: readonly Entry[]): Record<string, unknown> | undefined => {
  const named = entries.filter(([key]) => key !== '');
  return named.length === 0 ? undefined : Object.fromEntries(named);
};

/** Keys and values. Bytes that are not text are shown unchanged and stay unchanged. */
export const MapField = (props: FieldProps) => {
  const { path, label, value, issues, onChange } = props;
  // A new entry is shown before it has a key, so the map alone is not enough.
  const [entries, setEntries] = useState<readonly Entry[]>(() => Object.entries(value ?? {}));
  const set = (next: readonly Entry[]): void => {
    setEntries(next);
    onChange(mapOf(next));
  };
  const replace = (at: number, entry: Entry): void =>
    set(entries.map((each, place) => (place === at ? entry : each)));
  return (
    <Group of={props}>
      {entries.map(([key, text], at) => {
        const id = fieldId(`${path}-${at}`);
        const issue = key === '' ? undefined : issueAt(issues, `${path}.${key}`);
        return (
          <div class="item" key={at} role="group" aria-label={`${label} ${at + 1}`} id={`${id}-item`}>
            <div class="field">
              <label for={`${id}-key`}>Key {at + 1}</label>
              <input
                id={`${id}-key`}
                value={key}
                autocomplete="off"
                spellcheck={false}
                onInput={(event) => replace(at, [event.currentTarget.value, text])}
              />
            </div>
            <div class="field">
              <label for={`${id}-value`}>Value {at + 1}</label>
              <input
                id={`${id}-value`}
                value={typeof text === 'string' ? text : JSON.stringify(text)}
                readOnly={typeof text !== 'string'}
                autocomplete="off"
                aria-invalid={issue === undefined ? undefined : true}
                aria-describedby={issue === undefined ? undefined : `${id}-issue`}
                onInput={(event) => replace(at, [key, event.currentTarget.value])}
              />
              {issue !== undefined && (
                <p class="issue" id={`${id}-issue`}>
                  {issue}
                </p>
              )}
            </div>
            <RemoveButton
              label={`${label} ${at + 1}`}
              onPress={() => set(entries.filter((_, place) => place !== at))}
            />
          </div>
        );
      })}
      <AddButton
        label={label}
        addedId={`${fieldId(`${path}-${entries.length}`)}-item`}
        onPress={() => set([...entries, ['', '']])}
      />
    </Group>
  );
};
