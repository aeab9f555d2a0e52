import { expect, it } from 'vitest';
import { endInBrief, endInWords, type ToldEnd } from '../../../lib/composition/end-in-words.ts';

it.each<[string, ToldEnd]>([
  ['', {}],
  ['completed', { reason: 'completed', exitCode: 0 }],
  ['failed (code 3)', { reason: 'failed', exitCode: 3 }],
  ['stopped (code 0)', { reason: 'stopped', exitCode: 0 }],
  ['out-of-memory (signal KILL)', { reason: 'out-of-memory', exitSignal: 'KILL', outOfMemory: true }],
  ['not started: no space left (launch-error)', { reason: 'launch-error', launchError: 'no space left' }],
  [
    'not started: the registry has no image of this name and tag. Check both (launch-error: manifest unknown)',
    { reason: 'launch-error', launchError: 'manifest unknown\n' },
  ],
  [
    'completed; a process of it was killed at the memory limit',
    { reason: 'completed', exitCode: 0, outOfMemory: true },
  ],
  ['start-deadline (late)', { reason: 'start-deadline', launchError: 'late' }],
  ['lost (somebody removed it)', { reason: 'lost', lost: 'somebody removed it' }],
  ['run-deadline', { reason: 'run-deadline' }],
  ['failed (code 1); starts again at noon', { reason: 'failed', exitCode: 1, nextAttemptAt: 'noon' }],
  [
    'failed (code 1); starts again at noon (2 restarts left)',
    { reason: 'failed', exitCode: 1, nextAttemptAt: 'noon', restartsLeft: 2 },
  ],
])('an end is described as: %s', (words, told) => {
  expect(endInWords(told)).toBe(words);
});

it('leaves out the engine’s own words in the row of a table', () => {
  const told: ToldEnd = { reason: 'launch-error', launchError: 'manifest unknown\n' };
  expect(endInBrief(told)).toBe(
    'not started: the registry has no image of this name and tag. Check both (launch-error)',
  );
});
