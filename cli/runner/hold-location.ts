import type { Taskport } from '../../client/taskport.ts';
import type { Agent } from '../../lib/execution/agent.ts';
import type { Engine } from '../../lib/execution/engine.ts';
import { type Insistence, insistOnStop } from '../../lib/execution/insist-on-stop.ts';
import type { Ended, Lease } from './lease.ts';
import { loseAll } from './lose-all.ts';

export interface Holding extends Insistence {
  readonly taskport: Taskport;
  readonly lease: Lease;
  readonly agent: Agent;
  readonly engine: Engine;
  readonly location: string;
  /** Called after a loss, before the next claim: the location may have been created anew. */
  readonly onLost: () => Promise<void>;
  /** Called each time that the runner may start tasks from now on. */
  readonly onHeld: () => void;
}

/** Ends everything on the engine for the location, including tasks of earlier runners. */
const endAll = async (holding: Holding, words: string): Promise<void> => {
  const { agent, engine, lease } = holding;
  await agent.end(words, lease.graceSeconds);
  const found = await engine.find();
  await Promise.all(found.map(({ attempt }) => insistOnStop(attempt, holding, lease.graceSeconds)));
};

const WHY = {
  unanswered: 'the service did not answer its runner for long',
  elsewhere: 'another engine may have the tasks of its location',
};

/**
 * Holds the lease of a location as long as the service grants it: after a loss it ends all tasks and claims the lease again. Settles once
 * another runner of this engine has come, which continues the tasks. Throws errors that waiting does not change, and the signal's reason.
 */
export const holdLocation = async (holding: Holding): Promise<void> => {
  const { taskport, lease, location, onNote, onLost, onHeld, signal } = holding;
  for (;;) {
    const grant = await lease.claim(() => endAll(holding, WHY.elsewhere));
    const kept = lease.keep();
    kept.catch(() => {});
    let ended: Ended | undefined;
    if (grant.tookOver) {
      onNote(`took the tasks of ${location} over: the tasks of the other engine are lost`);
      const lost = loseAll(taskport, location, grant.epoch, signal);
      ended = await Promise.race([lost.then(() => undefined), kept]);
    }
    if (ended === undefined) {
      lease.open(grant.tookOver);
      onHeld();
      ended = await kept;
    }
    if (ended === 'adopted') {
      onNote('another runner of this engine has started, and continues the tasks');
      return;
    }
    const words = WHY[ended];
    onNote(`${words}: ends its tasks`);
    await endAll(holding, words);
    await onLost();
  }
};
