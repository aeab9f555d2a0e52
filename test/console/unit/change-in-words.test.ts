import { expect, it } from 'vitest';
import {
  actorInWords,
  callerInWords,
  changeInWords,
  verbInWords,
  verbOfRun,
} from '../../../console/runs/change-in-words.ts';

it('says that a task that never ran failed to start, and why', () => {
  const told = { reason: 'launch-error', launchError: 'something else' } as const;
  expect(verbInWords('Exited', told)).toBe('Failed to start');
  expect(changeInWords('Exited', told)).toBe('something else');
  expect(verbInWords('Exited', { reason: 'failed', exitCode: 1 })).toBe('Exited');
});

it('names the outcome of a save, and the limit that ended a run', () => {
  expect(verbInWords('Settled', { outcome: 'saved' })).toBe('Saved');
  expect(verbInWords('Settled', { outcome: 'discarded' })).toBe('Not saved');
  expect(verbInWords('Settled', { outcome: 'unchanged' })).toBe('Nothing to save');
  expect(changeInWords('Settled', { outcome: 'unchanged' })).toBe('');
  expect(verbInWords('Halted', { reason: 'run-deadline' })).toBe('Stopped by the time limit');
});

it('calls the service and the runner by what they are', () => {
  expect(actorInWords('Bound', 'taskport:supervisor')).toBe('Taskport');
  expect(actorInWords('Exited', 'local')).toBe('the runner');
  expect(actorInWords('Bound', 'local')).toBe('you');
  expect(actorInWords('Bound', 'somebody')).toBe('somebody');
  expect(callerInWords('local')).toBe('you, on this machine');
  expect(callerInWords('somebody')).toBe('somebody');
});

it('tells what happens to a run without the verbs of compositions', () => {
  expect(['Joined', 'Bound', 'Unbound', 'Left'].map((verb) => verbOfRun(verb, {}))).toEqual([
    'Added to its executor',
    'Run requested',
    'Request withdrawn',
    'Removed from its executor',
  ]);
  expect(verbOfRun('Exited', { reason: 'failed', exitCode: 1 })).toBe('Exited');
});
