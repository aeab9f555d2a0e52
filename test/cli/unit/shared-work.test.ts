/** Work that several callers share, and that some of them abort. */
import { expect, it } from 'vitest';
import { SharedWork } from '../../../cli/docker/storage/shared-work.ts';
import { deferred } from '../../../lib/execution/deferred.ts';

it('a caller that comes while aborted work cleans up gets the outcome of new work', async () => {
  const shared = new SharedWork<never>();
  const [first, second] = [new AbortController(), new AbortController()];
  const [stopped, cleanup] = [deferred<void>(), deferred<void>()];
  const begun: string[] = [];
  const former = async (_: unknown, stop: AbortSignal): Promise<void> => {
    begun.push('former');
    stop.addEventListener('abort', () => stopped.resolve());
    await cleanup.promise;
    stop.throwIfAborted();
  };
  const latter = async (): Promise<string> => {
    begun.push('latter');
    return 'made';
  };
  const aborted = shared.join('image', former, () => {}, first.signal);
  first.abort(new Error('no more'));
  await stopped.promise;
  const outcome = Promise.all([1, 2].map(() => shared.join('image', latter, () => {}, second.signal)));
  cleanup.resolve();
  await expect(aborted).rejects.toThrow('no more');
  expect(await outcome).toEqual(['made', 'made']);
  expect(begun).toEqual(['former', 'latter']);
});
