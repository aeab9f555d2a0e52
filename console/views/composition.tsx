import { api } from '../api.ts';
import { useChanges } from '../composition/use-changes.ts';
import { useOperation } from '../composition/use-operation.ts';
import { ClosingNotice } from '../parts/closing-notice.tsx';
import { Confirmed } from '../parts/confirmed.tsx';
import { Heading } from '../parts/heading.tsx';
import { IdLink } from '../parts/id-link.tsx';
import { Loading } from '../parts/loading.tsx';
import { ProblemNotice } from '../parts/problem-notice.tsx';
import { NoRunner } from '../parts/runner.tsx';
import { links, nameOfRun, partsOfId } from '../route.ts';
import { tasksOf } from '../runs/tasks-of.ts';
import { useLoad } from '../use-load.ts';
import { JoinForm } from './join-form.tsx';
import { MountTree } from './mount-tree.tsx';
import { PlanForm } from './plan.tsx';
import { TaskList } from './task-list.tsx';

/** The mounts of an executor, and its tasks. */
export const CompositionView = ({ id }: { readonly id: string }) => {
  const executor = useLoad((signal) => api.elements.read(id, { signal }), [id]);
  const members = executor.value?.composition?.members ?? [];
  const revision = executor.value?.composition?.revision;
  useChanges(id, executor.reload);
  const { changes, error, operate, press } = useOperation(id, members, executor.reload);
  const isAnyBound = members.some(({ bound }) => bound);
  const closing = executor.value?.composition?.closing;
  /** While a close is in progress, its members cannot change. */
  const changing = closing ? {} : { onPress: press };

  return (
    <>
      <Heading
        title={`Composition of ${partsOfId(id).name}`}
        above={
          <>
            <IdLink id={id} />
            {tasksOf(executor.value?.composition).map((run) => (
              <span key={run.id}>
                {' · '}run <a href={links.run(id, run.id)}>{nameOfRun(run)}</a>
              </span>
            ))}
          </>
        }
      >
        {!closing && members.some(({ bound }) => !bound) && (
          <button type="button" onClick={() => press((handle) => api.compositions.bind(handle))}>
            Bind everything
          </button>
        )}
        {!closing && isAnyBound && (
          <Confirmed
            verb="Unbind everything"
            confirm="Unbind it all"
            look="quiet"
            consequence="The service stops running tasks, and then their runner saves the writes to volumes."
            onConfirm={() => operate((handle) => api.compositions.unbind(handle))}
          />
        )}
      </Heading>
      <ProblemNotice error={error} takesFocus />
      <div role="status">
        {changes.length > 0 && (
          <div class="notice">
            <p>It has changed since this page showed it:</p>
            <ul>
              {changes.map((change) => (
                <li key={change}>{change}</li>
              ))}
            </ul>
          </div>
        )}
      </div>
      <Loading of={executor}>
        {() => (
          <>
            <NoRunner location={partsOfId(id).location} />
            {closing && (
              <ClosingNotice
                of={closing}
                onDiscard={() =>
                  press((handle) =>
                    api.compositions.close(handle, { executor: closing.executor, discard: true }),
                  )
                }
              />
            )}
            <MountTree members={members} {...changing} />
            <TaskList executorId={id} members={members} {...changing} />
            <section class="card" aria-labelledby="plan">
              <h2 id="plan">Plan</h2>
              <PlanForm key={revision} executorId={id} />
            </section>
            {!closing && (
              <JoinForm onJoin={(joining) => operate((handle) => api.compositions.join(handle, joining))} />
            )}
          </>
        )}
      </Loading>
    </>
  );
};
