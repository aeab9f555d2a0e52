import { useState } from 'preact/hooks';
import type { Kind } from '../../lib/kind/index.ts';
import { IdInput, meantId, useChoices } from '../parts/id-picker.tsx';
import { Prose } from '../parts/prose.tsx';
import { type FieldProps, fieldId, issueAt } from './field.tsx';
import type { Schema } from './schema.ts';

/** What a field takes, in words: bounds, and what holds where it says nothing. */
const boundsOf = ({ minimum, maximum, maxLength }: Schema): string =>
  [
    minimum !== undefined && maximum !== undefined ? `${minimum} to ${maximum}.` : '',
    minimum !== undefined && maximum === undefined ? `At least ${minimum}.` : '',
    maxLength !== undefined ? `Up to ${maxLength} characters.` : '',
  ]
    .filter((part) => part !== '')
    .join(' ');

/** A number where it is one; what is none is sent as it was typed, and the service says what is wrong with it. */
const numberOf = (text: string): unknown => (Number.isFinite(Number(text)) ? Number(text) : text);

const optionsOf = ({ type, enum: values }: Schema): readonly string[] =>
  values ?? (type === 'boolean' ? ['true', 'false'] : []);

/** A field for an ID: short ones are taken, and what is meant is sent. */
const IdField = ({
  kinds,
  value,
  onTake,
  ...common
}: {
  readonly kinds: readonly Kind[];
  readonly id: string;
  readonly name: string;
  readonly value: string;
  readonly required: boolean;
  readonly 'aria-invalid': true | undefined;
  readonly 'aria-describedby': string | undefined;
  readonly onTake: (id: string) => void;
}) => {
  const choices = useChoices(kinds);
  const [typed, setTyped] = useState(value);
  return (
    <IdInput
      {...common}
      value={typed}
      choices={choices}
      onValue={(text) => {
        setTyped(text);
        onTake(meantId(text, kinds, choices));
      }}
    />
  );
};

/** Text, a number, one of several, or yes and no. */
export const ValueField = ({ schema, path, label, isRequired, value, issues, onChange }: FieldProps) => {
  const id = fieldId(path);
  const issue = issueAt(issues, path);
  const help = [schema.description ?? '', boundsOf(schema)].filter((part) => part !== '').join(' ');
  const described = [help === '' ? '' : `${id}-help`, issue === undefined ? '' : `${id}-issue`]
    .filter((part) => part !== '')
    .join(' ');
  const take = (text: string): void => {
    if (text === '') onChange(schema.type === 'string' && isRequired ? '' : undefined);
    else if (schema.type === 'boolean') onChange(text === 'true');
    else onChange(schema.type === 'string' ? text : numberOf(text));
  };
  const common = {
    id,
    name: path,
    value: value === undefined ? '' : String(value),
    required: isRequired,
    'aria-invalid': issue === undefined ? undefined : true,
    'aria-describedby': described === '' ? undefined : described,
  } as const;
  const options = optionsOf(schema);
  return (
    <div class="field">
      <label for={id}>
        {label}
        {isRequired && <span class="muted"> (required)</span>}
      </label>
      {schema.kinds ? (
        <IdField {...common} kinds={schema.kinds} onTake={take} />
      ) : options.length > 0 ? (
        <select {...common} onChange={(event) => take(event.currentTarget.value)}>
          <option value="">{isRequired ? 'Choose …' : 'Not said'}</option>
          {options.map((option) => (
            <option key={option} value={option}>
              {option}
            </option>
          ))}
        </select>
      ) : (
        <input
          {...common}
          type="text"
          inputMode={schema.type === 'string' ? 'text' : 'decimal'}
          autocomplete="off"
          spellcheck={false}
          onInput={(event) => take(event.currentTarget.value)}
        />
      )}
      {issue !== undefined && (
        <p class="issue" id={`${id}-issue`}>
          {issue}
        </p>
      )}
      {help !== '' && (
        <p class="help" id={`${id}-help`}>
          <Prose text={help} />
        </p>
      )}
    </div>
  );
};
