import { type Interception, isWrite } from './stores.ts';

/**
 * Runs a process that dies at the write after `writes` answered ones. Answers whether it died. With `oneMore`, this write still reaches the
 * store; otherwise it is not sent. A process that dies between two reads leaves what it leaves at the write after them.
 */
export const dies = async <S>(
  stores: { intercepted(intercept: Interception): S },
  run: (doomed: S) => Promise<unknown>,
  writes: number,
  oneMore = false,
): Promise<boolean> => {
  let sent = 0;
  const underway: Promise<unknown>[] = [];
  let died = () => {};
  const death = new Promise<'died'>((resolve) => {
    died = () => resolve('died');
  });
  const doomed = stores.intercepted((operation, send) => {
    if (isWrite(operation)) sent += 1;
    if (sent <= writes || (oneMore && sent === writes + 1 && isWrite(operation))) underway.push(send());
    if (sent <= writes) return underway.at(-1) as ReturnType<typeof send>;
    // Concurrent calls may be under way; they reach the store before the caller looks.
    void Promise.allSettled(underway).then(died);
    return new Promise(() => {});
  });
  return (await Promise.race([run(doomed), death])) === 'died';
};
