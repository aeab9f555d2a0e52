import { outlasting } from '../../client/outlasting.ts';
import { ABSENT } from '../../client/problem-error.ts';
import type { Taskport } from '../../client/taskport.ts';
import { NOT_ASKED } from '../../lib/execution/control-plane.ts';
import { unlessAbsent } from '../unless-absent.ts';

const WORDS = 'another engine had it, and no longer has its location';

/**
 * Reports tasks that were requested before this runner took over as lost: this engine does not know their end. Continues until the
 * service has accepted all reports; if another runner has the lease by then, that one does it. Throws errors that waiting does not
 * change, and the signal's reason.
 */
export const loseAll = (
  taskport: Taskport,
  location: string,
  epoch: number,
  signal: AbortSignal,
): Promise<void> => {
  const lose = async (executorId: string, claimedAt: string): Promise<void> => {
    const found = await unlessAbsent(taskport.elements.read(executorId, { signal }), ABSENT);
    if (!found?.composition) return;
    const { composition } = found;
    for (const { id, bound, task } of composition.members) {
      // The previous engine never had a task that was bound after the claim.
      const isItsOwn = task && (task.boundAt ?? '') <= claimedAt;
      if (!isItsOwn || !(task.state === 'running' || (bound && task.state === 'bound'))) continue;
      const report = { state: 'failed', attempt: task.attempt, lost: WORDS, epoch } as const;
      const when = { since: composition.createdAt, at: new Date().toISOString() };
      await unlessAbsent(
        taskport.elements.report(executorId, id, { ...report, ...when }, { signal }),
        // It has ended or left meanwhile, or another runner has the lease.
        [...NOT_ASKED, 'stale-runner'],
      );
    }
  };
  const loseEach = async (): Promise<void> => {
    const { claimedAt = '' } = await taskport.runners.read(location, { signal });
    for await (const { id } of taskport.elements.list({ kind: 'executor', location, signal }))
      await lose(id, claimedAt);
  };
  return outlasting(loseEach, () => {}, signal);
};
