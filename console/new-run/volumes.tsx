import { IdInput, useChoices } from '../parts/id-picker.tsx';
import type { FormState } from './text-field.tsx';

const KINDS = ['volume'] as const;

/** Volumes, and where each appears. */
export const Volumes = ({ form: { asked, ask } }: { readonly form: FormState }) => {
  const choices = useChoices(KINDS);
  const rows = asked.volumes;
  const set = (at: number, changed: Partial<(typeof rows)[number]>): void =>
    ask({ volumes: rows.map((row, place) => (place === at ? { ...row, ...changed } : row)) });
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
          <div class="field grow">
            <label for={`path-${at}`}>Path in the container {at + 1}</label>
            <input
              id={`path-${at}`}
              value={path}
              placeholder="/data"
              spellcheck={false}
              autocomplete="off"
              onInput={(event) => set(at, { path: event.currentTarget.value })}
            />
          </div>
          <label class="check">
            <input
              type="checkbox"
              checked={isReadOnly}
              onChange={(event) => set(at, { isReadOnly: event.currentTarget.checked })}
            />{' '}
            read-only
          </label>
          <button
            type="button"
            class="quiet"
            aria-label={`Remove volume ${at + 1}`}
            onClick={() => ask({ volumes: rows.filter((_, place) => place !== at) })}
          >
            Remove
          </button>
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
        A volume that does not exist is created. What the run writes to it is saved once you save the run, on
        its page, after its end.
      </p>
    </fieldset>
  );
};
