/** The logs of an attempt of which one cannot be opened. */
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { openSinks } from '../../../cli/docker/task-container.ts';

const attempt = { executorId: 'executor://boxes/one', taskId: 'task://jobs/one', attempt: 1 };

it('openSinks closes the other log of an attempt if one log cannot be opened, even if the other opens later', async () => {
  const done: string[] = [];
  const opening = openSinks(
    {
      openSink: async (_, __, stream) => {
        if (stream === 'stdout') throw new Error('no such bucket');
        await sleep(20);
        done.push('opened');
        return { uri: 'memory:', write: async () => {}, close: async () => void done.push('closed') };
      },
    },
    { stdout: 'service', stderr: 'service' },
    attempt,
    '2026-01-31T12:00:00.000Z',
  );
  await expect(opening).rejects.toThrow('no such bucket');
  expect(done).toEqual(['opened', 'closed']);
});
