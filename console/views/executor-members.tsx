import { api } from '../api.ts';
import { useChanges } from '../composition/use-changes.ts';
import { Loading } from '../parts/loading.tsx';
import { links } from '../route.ts';
import { RunTable } from '../runs/run-table.tsx';
import { isLive, standingOf } from '../runs/standing.ts';
import { tasksOf } from '../runs/tasks-of.ts';
import { useLoad } from '../use-load.ts';
import { MountTree } from './mount-tree.tsx';

/** The runs of an executor, and its mounts. */
export const ExecutorMembers = ({ id }: { readonly id: string }) => {
  const executor = useLoad((signal) => api.elements.read(id, { fields: ['composition'], signal }), [id]);
  useChanges(id, executor.reload);
  return (
    <Loading of={executor}>
      {({ composition }) => {
        const { members = [] } = composition ?? {};
        const runs = tasksOf(composition);
        if (members.length === 0) {
          return (
            <section class="card" aria-labelledby="members">
              <h2 id="members">Members</h2>
              <p class="muted">
                Nothing has joined yet. <a href={links.composition(id)}>Compose it</a>: an image at{' '}
                <code>/</code>, and a task.
              </p>
            </section>
          );
        }
        return (
          <>
            <section class="card" aria-labelledby="runs">
              <h2 id="runs">Tasks</h2>
              {runs.length === 0 ? (
                <p class="muted">No task has joined.</p>
              ) : (
                <RunTable runs={runs} members={members} label="Tasks of this executor" withLocation={false} />
              )}
            </section>
            <MountTree
              members={members}
              isOver={runs.length > 0 && !runs.some((run) => isLive(standingOf(run)))}
            />
          </>
        );
      }}
    </Loading>
  );
};
