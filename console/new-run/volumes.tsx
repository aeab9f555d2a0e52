import { IdInput, useChoices } from '../parts/id-picker.tsx';
import { changesOf, RowField } from './row-field.tsx';
import { describedBy, type FormState, issueOf, Notes } from './text-field.tsx';

const KINDS = ['volume'] as const;

/** Volumes and their mount paths. */
export const Volumes = ({ form }: { readonly form: FormState }) => {
  const { asked, ask } = form;
  /** Marks a field as invalid for screen readers. */
  const wrong = (id: string) => {
    const issue = issueOf(form, id);
    return {
      'aria-invalid': issue === undefined ? undefined : true,
      'aria-describedby': describedBy(`run-${id}`, false, issue),
    } as const;
  };
  const choices = useChoices(KINDS);
  const rows = asked.volumes;
  const { set, remove } = changesOf(rows, (volumes) => ask({ volumes }));
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
          <RowField
            id={`run-path-${at}`}
            issue={issueOf(form, `path-${at}`)}
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
        A volume that does not exist is created. After the run has ended, press <b>Save</b> on its page to
        keep what it wrote.
      </p>
    </fieldset>
  );
};
