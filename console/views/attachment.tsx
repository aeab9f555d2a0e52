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

/** The most executors that are asked before the volume itself is. */
const MOST_ASKED = 10;

/** Whether an executor may have the volume for writing. */
const mayBeWritten = async (id: string, signal: AbortSignal): Promise<boolean> => {
  const { value } = await api.elements.references(id, { signal }).pages().next();
  const users = (value?.items ?? []).filter(({ kind }) => kind === 'composition');
  if (value?.hidden || value?.cursor !== undefined || users.length > MOST_ASKED) return true;
  const reads = users.map(async (user) => {
    const { composition } = await api.elements.read(user.id, { fields: ['composition'], signal });
    return (composition?.members ?? []).some(
      ({ id: member, bound, attachment }) => member === id && (bound || attachment !== undefined),
    );
  });
  // An executor that cannot be read may have it.
  return (await Promise.all(reads.map((read) => read.catch(() => true)))).some(Boolean);
};

const read = async (id: string, signal: AbortSignal) => {
  // The browser logs it as an error if the volume has no attachment.
  if (!(await mayBeWritten(id, signal))) return undefined;
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
