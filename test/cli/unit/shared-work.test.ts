/** Work that several callers share, while some of them give it up. */
import { expect, it } from 'vitest';
import { SharedWork } from '../../../cli/docker/storage/shared-work.ts';
import { deferred } from '../../../lib/execution/deferred.ts';

const nothing = (): void => {};

it('a caller that comes while aborted work removes what it made gets the outcome of new work', async () => {
  const shared = new SharedWork<never>();
  const [first, second] = [new AbortController(), new AbortController()];
  const cleanup = deferred<void>();
  const begun: string[] = [];
  const aborted = shared.join(
    'image',
    async (_, stop) => {
      begun.push('former');
      await new Promise((settle) => stop.addEventListener('abort', settle));
      await cleanup.promise;
      stop.throwIfAborted();
    },
    nothing,
    first.signal,
  );
  first.abort(new Error('no more'));
  const later = [1, 2].map(() =>
    shared.join(
      'image',
      async () => {
        begun.push('latter');
        return 'made';
      },
      nothing,
      second.signal,
    ),
  );
  const outcome = Promise.all(later);
  outcome.catch(nothing);
  cleanup.resolve();
  await expect(aborted).rejects.toThrow('no more');
  expect(await outcome).toEqual(['made', 'made']);
  expect(begun).toEqual(['former', 'latter']);
});
