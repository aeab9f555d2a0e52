import type { Interception } from './stores.ts';

/**
 * Runs what a process does that dies once `calls` of its storage calls have been answered. Answers whether it did. The next
 * call is not sent any more, or still reaches the store: `oneMore`.
 */
export const dies = async <S>(
  stores: { intercepted(intercept: Interception): S },
  run: (doomed: S) => Promise<unknown>,
  calls: number,
  oneMore = false,
): Promise<boolean> => {
  let sent = 0;
  let died = () => {};
  const death = new Promise<'died'>((resolve) => {
    died = () => resolve('died');
  });
  const doomed = stores.intercepted((_, send) => {
    sent += 1;
    if (sent <= calls) return send();
    if (oneMore && sent === calls + 1) {
      void send().then(died, died);
      return new Promise(() => {});
    }
    // Others may be on their way, side by side with this one: they come before the end.
    if (!oneMore) setImmediate(died);
    return new Promise(() => {});
  });
  return (await Promise.race([run(doomed), death])) === 'died';
};
