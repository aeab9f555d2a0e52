/** Waiting for changes: followers of a local host read again only when something has changed. */
import { expect, it } from 'vitest';
import { LocalChangeCount } from '../../../infra/local/change-count.ts';

/** Longer than the test may take. */
const NEVER = 1_000_000;

it('wakes all who wait, and nobody twice', async () => {
  const changes = new LocalChangeCount();
  const { signal } = new AbortController();
  const waiting = Promise.all([0, 0].map((count) => changes.after(count, NEVER, signal)));
  changes.ring();
  await waiting;
  let isWoken = false;
  const next = changes.after(changes.count, NEVER, signal).then(() => {
    isWoken = true;
  });
  await new Promise((settle) => setImmediate(settle));
  expect(isWoken).toBe(false);
  changes.ring();
  await next;
});

it('does not lose a change between a look and the wait after it', async () => {
  const changes = new LocalChangeCount();
  const { count } = changes;
  changes.ring();
  await changes.after(count, NEVER, new AbortController().signal);
});

it('ends the wait after its time, and when the server stops', async () => {
  const changes = new LocalChangeCount();
  const stopped = new AbortController();
  await changes.after(0, 1, stopped.signal);
  const waiting = changes.after(0, NEVER, stopped.signal);
  stopped.abort();
  await waiting;
  await changes.after(0, NEVER, stopped.signal);
});
