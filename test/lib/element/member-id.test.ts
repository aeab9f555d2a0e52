import { expect, it } from 'vitest';
import { homeOf, isInline } from '../../../lib/element/member-id.ts';

it.each([
  ['task://tasks/one', false, { kind: 'task', location: 'tasks', name: 'one' }],
  ['executor://tasks/one', false, { kind: 'executor', location: 'tasks', name: 'one' }],
  ['executor://tasks/tasks/tasks/one', true, { kind: 'executor', location: 'tasks', name: 'tasks' }],
  ['executor://boxes/one/tasks/main', true, { kind: 'executor', location: 'boxes', name: 'one' }],
])('%s is an inline task: %s', (id, inline, home) => {
  expect(isInline(id)).toBe(inline);
  expect(homeOf(id)).toEqual(home);
});
