import { useState } from 'preact/hooks';
import { type FormState, TextField } from './text-field.tsx';

/** Variables: a row each, or as a file of them has them. */
export const Variables = ({ form }: { readonly form: FormState }) => {
  const { asked, ask } = form;
  const [isPasted, setPasted] = useState(asked.pasted !== '');
  const rows = asked.variables;
  const set = (at: number, changed: { name?: string; value?: string }): void =>
    ask({ variables: rows.map((row, place) => (place === at ? { ...row, ...changed } : row)) });
  return (
    <fieldset>
      <legend>Environment</legend>
      {rows.map(({ name, value }, at) => (
        <div class="line" key={at}>
          <div class="field grow">
            <label for={`variable-${at}`}>Variable {at + 1}</label>
            <input
              id={`variable-${at}`}
              value={name}
              spellcheck={false}
              autocomplete="off"
              onInput={(event) => set(at, { name: event.currentTarget.value })}
            />
          </div>
          <div class="field grow">
            <label for={`value-${at}`}>Value {at + 1}</label>
            <input
              id={`value-${at}`}
              value={value}
              spellcheck={false}
              autocomplete="off"
              onInput={(event) => set(at, { value: event.currentTarget.value })}
            />
          </div>
          <button
            type="button"
            class="quiet"
            aria-label={`Remove variable ${at + 1}`}
            onClick={() => ask({ variables: rows.filter((_, place) => place !== at) })}
          >
            Remove
          </button>
        </div>
      ))}
      <div class="actions">
        <button
          type="button"
          class="quiet"
          onClick={() => ask({ variables: [...rows, { name: '', value: '' }] })}
        >
          Add a variable
        </button>
        <button type="button" class="quiet" aria-expanded={isPasted} onClick={() => setPasted(!isPasted)}>
          Paste a .env file
        </button>
      </div>
      {isPasted && (
        <TextField
          form={form}
          of="pasted"
          label="Lines of a .env file"
          rows={5}
          placeholder={'STAGE=prod\nDATABASE_URL="postgres://db/orders"'}
        />
      )}
    </fieldset>
  );
};
