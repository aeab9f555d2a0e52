import { IdInput, useChoices } from '../parts/id-picker.tsx';
import { changesOf, RowField } from './row-field.tsx';
import type { FormState } from './text-field.tsx';

const KINDS = ['volume'] as const;

/** Volumes, and where each appears. */
export const Volumes = ({ form: { asked, ask } }: { readonly form: FormState }) => {
  const choices = useChoices(KINDS);
  const rows = asked.volumes;
  const { set, remove } = changesOf(rows, (volumes) => ask({ volumes }));
  return (
    <fieldset>
      <legend>Volumes</legend>
      {rows.map(({ id, path, isReadOnly }, at) => (
        <div class="line" key={at}>
          <div class="field grow">
            <label for={`volume-${at}`}>Volume {at + 1}</label>
            <IdInput
              id={`volume-${at}`}
              name={`volume-${at}`}
              value={id}
              choices={choices}
              placeholder="volumes/data"
              onValue={(value) => set(at, { id: value })}
            />
          </div>
          <RowField
            id={`path-${at}`}
            label={`Path in the container ${at + 1}`}
            value={path}
            placeholder="/data"
            onValue={(text) => set(at, { path: text })}
          />
          <label class="check">
            <input
              type="checkbox"
              checked={isReadOnly}
              onChange={(event) => set(at, { isReadOnly: event.currentTarget.checked })}
            />{' '}
            read-only
          </label>
          {remove(at, `volume ${at + 1}`)}
        </div>
      ))}
      <button
        type="button"
        class="quiet"
        onClick={() => ask({ volumes: [...rows, { id: '', path: '', isReadOnly: false }] })}
      >
        Add a volume
      </button>
      <p class="help">
        A volume that is not there is made. What the run writes to it is saved after its end.
      </p>
    </fieldset>
  );
};
