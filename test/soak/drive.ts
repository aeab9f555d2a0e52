import { type Curiosity, pick, type Random, type Subject } from './clients.ts';
import { History } from './history.ts';

/** A client: its requests, and their target. */
interface Driver<I, O> {
  readonly name: string;
  readonly subject: Subject<I, O>;
  readonly curiosity: Curiosity<I, O>;
}

export interface Drive<I, O> {
  readonly drivers: readonly Driver<I, O>[];
  readonly keys: readonly string[];
  /** Calls in all. */
  readonly calls: number;
  readonly random: Random;
  /** The probability that a client does not wait for an answer, or loses it. */
  readonly impatience: number;
}

/**
 * Runs clients concurrently, each with one call after another, and answers their history. An impatient client continues while its call is still
 * under way, and never learns the outcome.
 */
export const drive = async <I, O>(
  { drivers, keys, calls, random, impatience }: Drive<I, O>,
  history = new History<I, O>(),
): Promise<History<I, O>> => {
  let left = calls;
  const abandoned: Promise<unknown>[] = [];
  const failures: unknown[] = [];
  const run = async ({ name, subject, curiosity }: Driver<I, O>): Promise<void> => {
    while (left > 0 && failures.length === 0) {
      left -= 1;
      const key = pick(random, keys);
      const input = curiosity.next(key);
      const isImpatient = random() < impatience;
      const output = await history.record({ client: name, key, input }, () => {
        const asked = subject(key, input);
        if (!isImpatient) return asked;
        abandoned.push(asked.catch((error) => failures.push(error)));
        return Promise.resolve(undefined);
      });
      curiosity.heard(key, input, output);
    }
  };
  await Promise.all(drivers.map(run));
  await Promise.all(abandoned);
  if (failures.length > 0) throw failures[0];
  return history;
};
