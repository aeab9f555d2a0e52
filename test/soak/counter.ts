/**
 * A counter in a volume, on two machines in turns, while runners and the service are killed: every save contains all earlier saves, and no two
 * tasks count concurrently.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { seededRandom } from '../faults/script.ts';
import type { Machine } from '../two-machines/machine.ts';
import { pick } from './clients.ts';
import { CounterWorld, INCREMENTS, type KeptRunner } from './counter-world.ts';

export interface CounterFigures {
  readonly rounds: number;
  /** By the killed process. */
  readonly kills: Readonly<Record<'runner' | 'service', number>>;
  /** Increments that were saved, and that were requested. */
  readonly saved: number;
  readonly violations: readonly string[];
}

/** Checks two consecutive saves of a history. */
export const judge = (before: readonly string[], after: readonly string[], last: string): string[] => {
  const numbers = after.map((line) => Number(line.split(' ')[0]));
  const gap = numbers.findIndex((number, at) => number !== at + 1);
  const lost = before.findIndex((line, at) => after[at] !== line);
  return [
    ...(lost >= 0
      ? [`increment ${lost + 1} was saved as "${before[lost]}", and is "${after[lost]}" now`]
      : []),
    ...(gap >= 0
      ? [`line ${gap + 1} of the history is "${after[gap]}": two counted, or one lost what it read`]
      : []),
    ...(Number(last) !== after.length ? [`the file says ${last}, and the history has ${after.length}`] : []),
  ];
};

/** The longest pause before a kill. */
const MAX_PAUSE_MS = 3_000;
/** Few, so that machines take turns often. */
const KILLS_OF_A_ROUND = 3;

export const runCounter = async ({
  kills: budget,
  seed,
}: {
  readonly kills: number;
  readonly seed: number;
}): Promise<CounterFigures> => {
  const random = seededRandom(seed);
  const world = await CounterWorld.open();
  const kills = { runner: 0, service: 0 };
  const violations: string[] = [];
  let history: readonly string[] = [];
  let rounds = 0;
  /** Kills one or the other, repeatedly, during a round. */
  const torment = async (runner: KeptRunner, signal: AbortSignal): Promise<void> => {
    for (let killed = 0; killed < KILLS_OF_A_ROUND && kills.runner + kills.service < budget; killed += 1) {
      await sleep(random() * MAX_PAUSE_MS, undefined, { signal }).catch(() => {});
      if (signal.aborted) return;
      const victim = pick(random, ['runner', 'service'] as const);
      kills[victim] += 1;
      if (victim === 'runner') runner.kill();
      else await world.restartService();
    }
  };
  try {
    while (kills.runner + kills.service < budget) {
      const machine = world.machines[rounds % 2] as Machine;
      const runner = world.keepRunner(machine);
      const round = new AbortController();
      const killing = torment(runner, round.signal);
      await world.run();
      await world.ended();
      await world.save();
      round.abort();
      await killing;
      const { history: now, last } = await world.saved();
      violations.push(...judge(history, now, last));
      if (now.length < history.length + INCREMENTS)
        violations.push(`round ${rounds} ended well and was saved, and its increments are not there`);
      history = now;
      rounds += 1;
      await world.leave(machine, runner);
    }
  } finally {
    await world.close();
  }
  return { rounds, kills, saved: history.length, violations };
};
