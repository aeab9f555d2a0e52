import { isCode } from '../../client/problem-error.ts';
import { api } from '../api.ts';
import { useChanges } from '../composition/use-changes.ts';
import { Confirmed } from '../parts/confirmed.tsx';
import { Facts } from '../parts/facts.tsx';
import { IdLink } from '../parts/id-link.tsx';
import { EngineName } from '../parts/runner.tsx';
import { SaveThere } from '../parts/save-there.tsx';
import { State } from '../parts/state.tsx';
import { Time } from '../parts/time.tsx';
import { useLoad } from '../use-load.ts';

const read = async (id: string, signal: AbortSignal) => {
  try {
    return await api.attachments.of(id, { signal });
  } catch (error) {
    if (isCode(error, 'not-found')) return undefined;
    throw error;
  }
};

/** The executor that has a volume for writing, and the progress of its save; nothing if there is none. */
export const Attachment = ({ id }: { readonly id: string }) => {
  const { value, reload } = useLoad((signal) => read(id, signal), [id]);
  useChanges(value?.executorId, reload);
  if (!value) return null;
  const { executorId, state, at, engine, problem } = value;
  const release = async (): Promise<void> => {
    await api.attachments.release(id);
    reload();
  };
  return (
    <section class="card" aria-labelledby="attachment">
      <h2 id="attachment">Who writes to it</h2>
      <Facts
        of={{
          executor: executorId ? <IdLink id={executorId} /> : 'one that you may not read',
          state: <State of={state} />,
          since: at && <Time at={at} />,
          engine: engine && <EngineName of={engine} />,
          problem: problem && `${problem.code}: ${problem.detail}`,
        }}
      />
      {executorId && <SaveThere executorId={executorId} isRefusal={false} />}
      {state !== 'attached' && (
        <Confirmed
          verb="Release"
          what={id}
          consequence="This discards the writes that are not saved yet: release a volume only if the machine that has them is lost. The volume keeps its saved data."
          onConfirm={release}
        />
      )}
    </section>
  );
};
