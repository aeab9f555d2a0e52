import { IdInput, useChoices } from '../parts/id-picker.tsx';
import { describedBy, type FormState, issueOf, Notes } from './text-field.tsx';

const KINDS = ['volume'] as const;

/** Volumes, and where each appears. */
export const Volumes = ({ form }: { readonly form: FormState }) => {
  const { asked, ask } = form;
  /** What says of a field that it is wrong, for who does not see it. */
  const wrong = (id: string) => {
    const issue = issueOf(form, id);
    return {
      'aria-invalid': issue === undefined ? undefined : true,
      'aria-describedby': describedBy(`run-${id}`, false, issue),
    } as const;
  };
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
            <label for={`run-volume-${at}`}>Volume {at + 1}</label>
            <IdInput
              id={`run-volume-${at}`}
              {...wrong(`volume-${at}`)}
              name={`volume-${at}`}
              value={id}
              choices={choices}
              placeholder="data, or volumes/data"
              onValue={(value) => set(at, { id: value })}
            />
            <Notes id={`run-volume-${at}`} issue={issueOf(form, `volume-${at}`)} />
          </div>
          <div class="field grow">
            <label for={`run-path-${at}`}>Path in the container {at + 1}</label>
            <input
              id={`run-path-${at}`}
              {...wrong(`path-${at}`)}
              value={path}
              placeholder="/data"
              spellcheck={false}
              autocomplete="off"
              onInput={(event) => set(at, { path: event.currentTarget.value })}
            />
            <Notes id={`run-path-${at}`} issue={issueOf(form, `path-${at}`)} />
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
