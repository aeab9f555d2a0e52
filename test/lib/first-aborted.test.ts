import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it, vi } from 'vitest';
import { firstAborted } from '../../lib/first-aborted.ts';
import { collectGarbage } from '../garbage-collection.ts';
import { PATIENCE } from '../patience.ts';

/** Collects memory after the callers' variables are gone, and before the timeouts are over. */
const collect = async (): Promise<void> => {
  await sleep(1);
  collectGarbage();
};

it('aborts after a timeout to which nothing else refers, though memory is collected meanwhile', async () => {
  const onAbort = vi.fn();
  const outer = new AbortController();
  const make = (): AbortSignal =>
    firstAborted(outer.signal, firstAborted(undefined, AbortSignal.timeout(300)));
  make().addEventListener('abort', onAbort);
  const observed = make();
  await collect();
  await vi.waitFor(() => expect(onAbort).toHaveBeenCalledOnce(), PATIENCE);
  await vi.waitUntil(() => observed.aborted, PATIENCE);
  expect(observed.reason).toMatchObject({ name: 'TimeoutError' });
});

it('has aborted if one of its signals aborted before it was collected', async () => {
  const make = (): AbortSignal => {
    const inner = new AbortController();
    const first = firstAborted(new AbortController().signal, inner.signal);
    inner.abort('stopped');
    return first;
  };
  const first = make();
  await collect();
  expect(first.reason).toBe('stopped');
});
