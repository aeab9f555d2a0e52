import type { Interception } from './stores.ts';

/**
 * Runs a process that dies after `calls` answers of the store. Answers whether it died. With `oneMore`, the next call still reaches the store;
 * otherwise it is not sent.
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
    // Concurrent calls may be under way; they reach the store before the caller looks.
    void Promise.allSettled(underway).then(died);
    return new Promise(() => {});
  });
  return (await Promise.race([run(doomed), death])) === 'died';
};
