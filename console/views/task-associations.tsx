import { useState } from 'preact/hooks';
import { api } from '../api.ts';
import { Loading } from '../parts/loading.tsx';
import { ProblemNotice } from '../parts/problem-notice.tsx';
import { links } from '../route.ts';
import { useLoad } from '../use-load.ts';

/** The tasks that come along where this storage is joined. */
export const TaskAssociations = ({ id }: { readonly id: string }) => {
  const tasks = useLoad((signal) => api.elements.tasks(id, { signal }), [id]);
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
    <section aria-labelledby="tasks">
      <h2 id="tasks">Tasks of this storage</h2>
      <p class="help">They come along where it is joined, with their paths below its mount.</p>
      <ProblemNotice error={error} takesFocus />
      <Loading of={tasks}>
        {({ items }) =>
          items.length === 0 ? (
            <p class="muted">None.</p>
          ) : (
            <ul>
              {items.map((task) => (
                <li key={task.id}>
                  <a href={links.element(task.id)}>{task.id}</a>{' '}
                  <button
                    type="button"
                    class="quiet"
                    aria-label={`Dissociate ${task.id}`}
                    onClick={() => attempt(() => api.elements.dissociate(id, task.id))}
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
          const form = event.currentTarget;
          const task = String(new FormData(form).get('task') ?? '').trim();
          void attempt(async () => {
            await api.elements.associate(id, task);
            form.reset();
          });
        }}
      >
        <div class="field">
          <label for="associate">ID of a task</label>
          <input
            id="associate"
            name="task"
            autocomplete="off"
            spellcheck={false}
            placeholder="task://jobs/tool"
          />
        </div>
        <button type="submit">Associate</button>
      </form>
    </section>
  );
};
