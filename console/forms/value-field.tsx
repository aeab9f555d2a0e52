import { useState } from 'preact/hooks';
import { type Kind, kinds } from '../../lib/kind/index.ts';
import { IdInput, meantId, useChoices } from '../parts/id-picker.tsx';
import { Prose } from '../parts/prose.tsx';
import { type FieldProps, fieldId, issueAt } from './field.tsx';
import type { Schema } from './schema.ts';

/** The form does not show wider bounds. */
const MOST_TOLD = 65_535;

/** The allowed range of a number, in words. */
const boundsOf = ({ minimum, maximum = Infinity }: Schema): string =>
  minimum !== undefined && maximum <= MOST_TOLD ? `${minimum} to ${maximum}.` : '';

/** A number if the text is one. Other text is sent unchanged, and the service reports the error. */
const numberOf = (text: string): unknown => (Number.isFinite(Number(text)) ? Number(text) : text);

const optionsOf = ({ type, enum: values }: Schema): readonly string[] =>
  values ?? (type === 'boolean' ? ['true', 'false'] : []);

const YES_NO: Readonly<Record<string, string>> = { true: 'yes', false: 'no' };

/** The kinds of IDs that a field takes: from the view, or from the pattern if it permits one kind. */
const kindsOf = ({ kinds: said, pattern = '' }: Schema): readonly Kind[] =>
  said ?? kinds.filter((kind) => pattern.includes(`|${kind}:\\/\\/`));

/** A field for an ID. It accepts short IDs, and sends full ones. */
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

/** A field for text, a number, an enumeration, or a boolean. */
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
  const offered = kindsOf(schema);
  return (
    <div class="field">
      <label for={id}>
        {label}
        {isRequired && <span class="muted"> (required)</span>}
      </label>
      {offered.length > 0 ? (
        <IdField {...common} kinds={offered} onTake={take} />
      ) : options.length > 0 ? (
        <select {...common} onChange={(event) => take(event.currentTarget.value)}>
          <option value="">{isRequired ? 'Choose …' : 'default'}</option>
          {options.map((option) => (
            <option key={option} value={option}>
              {(schema.type === 'boolean' && YES_NO[option]) || option}
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
