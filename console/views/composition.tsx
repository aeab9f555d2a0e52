import { useEffect, useState } from 'preact/hooks';
import { ProblemError } from '../../client/problem-error.ts';
import { api } from '../api.ts';
import { differences } from '../composition/differences.ts';
import type { Operation } from '../composition/operation.ts';
import { ClosingNotice } from '../parts/closing-notice.tsx';
import { Heading } from '../parts/heading.tsx';
import { Loading } from '../parts/loading.tsx';
import { ProblemNotice } from '../parts/problem-notice.tsx';
import { NoRunner } from '../parts/runner.tsx';
import { links, partsOfId } from '../route.ts';
import { useLoad } from '../use-load.ts';
import { JoinForm } from './join-form.tsx';
import { MountTree } from './mount-tree.tsx';
import { PlanSection } from './plan.tsx';
import { TaskList } from './task-list.tsx';

const isStale = (error: unknown): boolean => error instanceof ProblemError && error.code === 'stale-handle';

/** Says that something changed with what is composed here, until the view is left. */
const useChanges = (executorId: string, onChange: () => void): void => {
  useEffect(() => {
    const abort = new AbortController();
    const follow = async (): Promise<void> => {
      const { location } = partsOfId(executorId);
      const followed = { location, after: 'latest', signal: abort.signal };
      for await (const { event } of api.events.watch(followed)) {
        const { composition } = event.detail as { composition?: { executorId?: string } };
        if (composition?.executorId === executorId) onChange();
      }
    };
    // Who cannot follow sees what there is when it was read; every operation reads it again.
    follow().catch(() => {});
    return () => abort.abort();
  }, [executorId]);
};

/** What is mounted where on an executor, and what runs on it. */
export const CompositionView = ({ id }: { readonly id: string }) => {
  const executor = useLoad((signal) => api.elements.read(id, { signal }), [id]);
  const [changes, setChanges] = useState<readonly string[]>([]);
  const [error, setError] = useState<unknown>();
  const shown = executor.value?.composition;
  useChanges(id, executor.reload);

  /** Opens the composition, does it, and once more where another was quicker; says what was different from what is shown. */
  const operate = async (operation: Operation): Promise<void> => {
    const attempt = async (): Promise<void> => {
      const opened = await api.compositions.open(id);
      setChanges(differences(shown?.members ?? [], opened.composition.members));
      await operation(opened.handle);
    };
    try {
      await attempt().catch((thrown) => {
        if (!isStale(thrown)) throw thrown;
        return attempt();
      });
      setError(undefined);
    } finally {
      executor.reload();
    }
  };
  const press = (operation: Operation): void => void operate(operation).catch(setError);
  const closing = shown?.closing;
  /** While everything leaves, nothing of it is changed any more. */
  const changing = closing ? {} : { onPress: press };

  return (
    <>
      <Heading title={`Composition of ${partsOfId(id).name}`} above={<a href={links.element(id)}>{id}</a>}>
        {!closing && (
          <>
            <button type="button" onClick={() => press((handle) => api.compositions.bind(handle))}>
              Bind everything
            </button>
            <button type="button" onClick={() => press((handle) => api.compositions.unbind(handle))}>
              Unbind everything
            </button>
          </>
        )}
      </Heading>
      <ProblemNotice error={error} takesFocus />
      <div role="status">
        {changes.length > 0 && (
          <div class="notice">
            <p>It had changed since it was shown:</p>
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
            <MountTree members={shown?.members ?? []} {...changing} />
            <TaskList executorId={id} members={shown?.members ?? []} {...changing} />
            <PlanSection key={shown?.revision} executorId={id} />
            {!closing && (
              <JoinForm onJoin={(joining) => operate((handle) => api.compositions.join(handle, joining))} />
            )}
          </>
        )}
      </Loading>
    </>
  );
};
