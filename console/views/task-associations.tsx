import { useState } from 'preact/hooks';
import { api } from '../api.ts';
import { IdLink } from '../parts/id-link.tsx';
import { IdInput, meantId, useChoices } from '../parts/id-picker.tsx';
import { Loading } from '../parts/loading.tsx';
import { ProblemNotice } from '../parts/problem-notice.tsx';
import { partsOfId } from '../route.ts';
import { useLoad } from '../use-load.ts';

const KINDS = ['task'] as const;

/** The tasks that join together with this storage. */
export const TaskAssociations = ({ id }: { readonly id: string }) => {
  const { kind } = partsOfId(id);
  const tasks = useLoad((signal) => api.elements.tasks(id, { signal }), [id]);
  const choices = useChoices(KINDS);
  const [task, setTask] = useState('');
  const [error, setError] = useState<unknown>();
  const attempt = async (act: () => Promise<unknown>): Promise<void> => {
    try {
      await act();
      setError(undefined);
      tasks.reload();
    } catch (thrown) {
      setError(thrown);
    }
  };
  return (
    <section class="card" aria-labelledby="tasks">
      <h2 id="tasks">Associated tasks</h2>
      <p class="help">
        These tasks join every executor together with this {kind}. Their paths are relative to the mount.
      </p>
      <ProblemNotice error={error} takesFocus />
      <Loading of={tasks}>
        {({ items }) =>
          items.length === 0 ? (
            <p class="muted">None.</p>
          ) : (
            <ul>
              {items.map((each) => (
                <li key={each.id}>
                  <IdLink id={each.id} />{' '}
                  <button
                    type="button"
                    class="quiet"
                    aria-label={`Dissociate ${each.id}`}
                    onClick={() => attempt(() => api.elements.dissociate(id, each.id))}
                  >
                    Dissociate
                  </button>
                </li>
              ))}
            </ul>
          )
        }
      </Loading>
      <form
        class="filters"
        onSubmit={(event) => {
          event.preventDefault();
          void attempt(async () => {
            await api.elements.associate(id, meantId(task, KINDS, choices));
            setTask('');
          });
        }}
      >
        <div class="field">
          <label for="associate">ID of a task</label>
          <IdInput
            id="associate"
            name="task"
            value={task}
            choices={choices}
            placeholder="jobs/tool"
            onValue={setTask}
          />
        </div>
        <button type="submit" class="quiet">
          Associate
        </button>
      </form>
    </section>
  );
};
