import type { Attempt } from './attempt.ts';
import type { Engine } from './engine.ts';
import { RETRY_MS, type Wait } from './watch-health.ts';

export interface Insistence {
  readonly engine: Pick<Engine, 'stop'>;
  readonly wait: Wait;
  /** Called with the engine's refusal, and again when its words change. */
  readonly onNote: (note: string) => void;
  /** Gives up: the attempt runs on. */
  readonly signal: AbortSignal;
}

/** Stops an attempt. Asks the engine again after each refusal, until the signal aborts. Never rejects. */
export const insistOnStop = async (
  attempt: Attempt,
  { engine, wait, onNote, signal }: Insistence,
  mostSeconds?: number,
): Promise<void> => {
  let told: string | undefined;
  while (!signal.aborted) {
    try {
      return await engine.stop(attempt, mostSeconds);
    } catch (error) {
      const { message } = error as Error;
      if (message !== told && !signal.aborted) onNote(`is not stopped yet: ${message}`);
      told = message;
      await wait(RETRY_MS, signal);
    }
  }
};
