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
  const underway: Promise<unknown>[] = [];
  let died = () => {};
  const death = new Promise<'died'>((resolve) => {
    died = () => resolve('died');
  });
  const doomed = stores.intercepted((_, send) => {
    sent += 1;
    if (sent <= calls || (oneMore && sent === calls + 1)) underway.push(send());
    if (sent <= calls) return underway.at(-1) as ReturnType<typeof send>;
    // Others may be on their way, side by side with this one: they come to the store before anybody looks.
    void Promise.allSettled(underway).then(died);
    return new Promise(() => {});
  });
  return (await Promise.race([run(doomed), death])) === 'died';
};
