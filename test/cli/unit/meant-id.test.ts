import { expect, it } from 'vitest';
import { meantId } from '../../../cli/meant-id.ts';
import type { Kind } from '../../../lib/kind/index.ts';

it.each<[Kind, string, string | undefined, string]>([
  ['image', 'images/app:1.2', undefined, 'image://images/app:1.2'],
  ['image', 'image://images/app', undefined, 'image://images/app'],
  ['image', 'app:1.2', undefined, 'image://images/app:1.2'],
  ['log', 'all', undefined, 'log://logs/all'],
  ['executor', 'web', undefined, 'executor://machines/web'],
  ['executor', 'web', 'machines', 'executor://machines/web'],
  ['executor', 'others/web', 'machines', 'executor://others/web'],
  ['task', 'machines/web/tasks/main', undefined, 'executor://machines/web/tasks/main'],
  ['task', 'executor://machines/web/tasks/main', undefined, 'executor://machines/web/tasks/main'],
])('accepts an ID of kind %s: %s', (kind, text, location, id) => {
  expect(meantId(kind, text, location)).toBe(id);
});

it.each<[Kind, string, string | undefined]>([
  ['image', '', 'images'],
  ['image', 'images/', undefined],
  ['image', 'a/b/c', undefined],
  ['image', 'machines/web/tasks/main', undefined],
  ['image', 'volume://volumes/a', undefined],
  ['executor', 'executor://machines/web/tasks/main', undefined],
  ['task', 'machines/web/tasks/', undefined],
])('refuses an ID of kind %s: %s', (kind, text, location) => {
  expect(() => meantId(kind, text, location)).toThrow(/is no/);
});
