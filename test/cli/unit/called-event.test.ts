import { expect, it } from 'vitest';
import { calledEvent } from '../../../lib/composition/end-in-words.ts';

it('says that a task that never ran failed to start', () => {
  expect(calledEvent('Task Exited', { reason: 'launch-error' })).toBe('Task Failed to start');
  expect(calledEvent('Exited', { reason: 'launch-error' })).toBe('Failed to start');
  expect(calledEvent('Exited', { reason: 'failed', exitCode: 1 })).toBe('Exited');
});
