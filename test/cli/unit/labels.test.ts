/** The service in the labels of a runner: all names of this machine in its URL are one. */
import { expect, it } from 'vitest';
import { filtersOf, nameOf } from '../../../cli/docker/labels.ts';

const made = {
  kind: 'task',
  executorId: 'executor://boxes/one',
  taskId: 'task://jobs/one',
  attempt: 1,
} as const;
const at = (url: string) => {
  const scope = { service: new URL(url), location: 'boxes' };
  return [filtersOf(scope, made), nameOf(scope, made)];
};

it.each(['http://localhost:8787', 'http://LOCALHOST:8787/', 'http://[::1]:8787', 'http://127.0.0.1:8787/'])(
  'a runner with the URL %s finds the containers of another runner on this machine',
  (url) => {
    expect(at(url)).toEqual(at('http://127.0.0.1:8787'));
  },
);

it.each([
  'http://127.0.0.1:8788',
  'https://127.0.0.1:8787',
  'http://one.test:8787',
  'http://127.0.0.1:8787/one',
])('a runner with the URL %s finds none of them', (url) => {
  const [filters, name] = at(url);
  const [others, other] = at('http://127.0.0.1:8787');
  expect(filters).not.toEqual(others);
  expect(name).not.toBe(other);
});
