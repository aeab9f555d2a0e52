import { setTimeout as sleep } from 'node:timers/promises';
import { ProblemError } from '../../client/problem-error.ts';
import type { Taskport } from '../../client/taskport.ts';

const WORDS = 'another engine had it, and no longer has its location';
const RETRY_MS = 1_000;

/**
 * Reports tasks that were requested before this runner took over as lost: this engine does not know their end. Continues until the
 * service has accepted all reports; if another runner has the lease by then, that one does it. Throws errors that waiting does not
 * change, and the signal's reason.
 */
export const loseAll = async (
  taskport: Taskport,
  location: string,
  epoch: number,
  signal: AbortSignal,
): Promise<void> => {
  const { claimedAt = '' } = await taskport.runners.read(location, { signal });
  const lose = async (executorId: string): Promise<void> => {
    const { composition } = await taskport.elements.read(executorId, { signal });
    if (!composition) return;
    for (const { id, bound, task } of composition.members) {
      // The previous engine never had a task that was bound after the claim.
      const isItsOwn = task && (task.boundAt ?? '') <= claimedAt;
      if (!isItsOwn || !(task.state === 'running' || (bound && task.state === 'bound'))) continue;
      const report = { state: 'failed', attempt: task.attempt, lost: WORDS, epoch } as const;
      const when = { since: composition.createdAt, at: new Date().toISOString() };
      await taskport.elements.report(executorId, id, { ...report, ...when }, { signal }).catch((error) => {
        // It has ended or left meanwhile.
        if (!(error instanceof ProblemError) || error.status >= 500) throw error;
      });
    }
  };
  for (;;) {
    try {
      for await (const { id } of taskport.elements.list({ kind: 'executor', location, signal }))
        await lose(id);
      return;
    } catch (error) {
      signal.throwIfAborted();
      if (error instanceof ProblemError && error.status < 500 && error.code !== 'not-found') throw error;
      await sleep(RETRY_MS, undefined, { signal });
    }
  }
};
