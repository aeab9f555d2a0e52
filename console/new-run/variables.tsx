import { useState } from 'preact/hooks';
import { changesOf, RowField } from './row-field.tsx';
import { type FormState, issueOf, TextField } from './text-field.tsx';

/** Environment variables: a row for each, or a pasted file. */
export const Variables = ({ form }: { readonly form: FormState }) => {
  const { asked, ask } = form;
  const [isPasted, setPasted] = useState(asked.pasted !== '');
  const rows = asked.variables;
  const { set, remove } = changesOf(rows, (variables) => ask({ variables }));
  return (
    <fieldset>
      <legend>Environment</legend>
      {rows.map(({ name, value }, at) => (
        <div class="line" key={at}>
          <RowField
            id={`variable-${at}`}
            issue={issueOf(form, `variable-${at}`)}
            label={`Variable ${at + 1}`}
            value={name}
            onValue={(text) => set(at, { name: text })}
          />
          <RowField
            id={`value-${at}`}
            issue={issueOf(form, `value-${at}`)}
            label={`Value ${at + 1}`}
            value={value}
            onValue={(text) => set(at, { value: text })}
          />
          {remove(at, `variable ${at + 1}`)}
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
      {(isPasted || issueOf(form, 'pasted') !== undefined) && (
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
