import { setTimeout as sleep } from 'node:timers/promises';
import { test as base, expect, vi } from 'vitest';
import { PATIENCE } from '../patience.ts';
import { follow, type SentEvent } from './followed-events.ts';
import { ask } from './ledger.ts';
import { freshDirectory, type Product, removeDirectory, startProduct } from './product.ts';

/** The tests start products and mostly wait, so they run side by side. Each ends the products that it started. */
const it = base.extend<{ start: (directory?: string) => Product }>({
  // biome-ignore lint/correctness/noEmptyPattern: vitest reads from the pattern which fixtures a test requests.
  start: async ({}, use) => {
    const started: { product: Product; directory: string }[] = [];
    await use((directory = freshDirectory()) => {
      const product = startProduct({ directory });
      started.push({ product, directory });
      return product;
    });
    for (const { product, directory } of started) {
      product.signal('SIGKILL');
      await product.ended;
      removeDirectory(directory);
    }
  },
});
const test = it.concurrent;

const PLACE = '/v1/locations';
const pathOf = (name: string): string => `/v1/elements/task/jobs/${name}`;
const update = (url: string, name: string, value: number) =>
  ask(url, 'PATCH', pathOf(name), { metadata: { rw: { value: String(value) } } });
const create = (url: string, name: string) => ask(url, 'POST', '/v1/elements', { id: `task://jobs/${name}` });

/** Changes an element repeatedly until the product is gone. */
const change = async (url: string, name: string, isOver: () => boolean): Promise<void> => {
  await create(url, name);
  for (let value = 1; !isOver(); value += 1) await update(url, name, value);
};

const revisionsOf = (events: readonly SentEvent[], id: string): number[] =>
  events.filter(({ detail }) => detail.id === id).map(({ detail }) => detail.revision);

test('a follower gets every change once and in order, even if the product is killed in between', async ({
  start,
}) => {
  const directory = freshDirectory();
  const names = ['a', 'b', 'c'];
  const seen: SentEvent[] = [];
  let [url, isOver] = ['', false];
  for (let round = 1; round <= 3; round += 1) {
    const product = start(directory);
    url = await product.listening();
    if (round === 1) await ask(url, 'POST', PLACE, { name: 'jobs', kind: 'task' });
    isOver = false;
    const follower = await follow(url, '', seen.at(-1)?.id);
    const writing = names.map((name) => change(url, name, () => isOver));
    await vi.waitFor(() => expect(follower.events.length).toBeGreaterThan(20), PATIENCE);
    // At this moment some changes are logged but not sent, and others are not logged.
    product.signal('SIGKILL');
    await product.ended;
    isOver = true;
    await Promise.all(writing);
    await follower.ended;
    seen.push(...follower.events);
  }
  url = await start(directory).listening();
  const follower = await follow(url, '', seen.at(-1)?.id);
  await create(url, 'last');
  await vi.waitFor(() => expect(revisionsOf(follower.events, 'task://jobs/last')).toEqual([1]), PATIENCE);
  follower.stop();
  seen.push(...follower.events);

  expect(new Set(seen.map(({ detail }) => detail.eventId)).size).toBe(seen.length);
  expect(seen[0]).toMatchObject({ type: 'Location Created', detail: { id: 'jobs' } });
  for (const name of names) {
    const { revision } = (await ask(url, 'GET', pathOf(name)))?.body ?? {};
    const expected = Array.from({ length: revision }, (_, at) => at + 1);
    expect(revisionsOf(seen, `task://jobs/${name}`)).toEqual(expected);
  }
  // The follower got exactly the events in the log.
  const { body } = (await ask(url, 'GET', '/v1/events?limit=1000')) ?? {};
  const paged = body.items.map(({ detail }: SentEvent) => detail.eventId);
  const sent = seen.map(({ detail }) => detail.eventId);
  expect(paged.filter((id: string) => !sent.includes(id))).toEqual([]);
});

test('a follower gets the events that it asks for, from now on or from where it left off', async ({
  start,
}) => {
  const url = await start().listening();
  await ask(url, 'POST', PLACE, { name: 'jobs', kind: 'task' });
  for (const name of ['a', 'b']) await create(url, name);
  const all = await follow(url);
  await vi.waitFor(() => expect(all.events).toHaveLength(3), PATIENCE);
  const late = await follow(url, '?after=latest');
  const one = await follow(url, '?id=task://jobs/b');
  const there = await follow(url, '?location=jobs');
  // `Last-Event-ID` wins, because a client repeats its first request.
  const resumed = await follow(url, '?after=latest', all.events[0]?.id);
  await update(url, 'b', 1);
  await vi.waitFor(() => expect(all.events).toHaveLength(4), PATIENCE);
  await vi.waitFor(() => expect(resumed.events).toHaveLength(3), PATIENCE);
  await vi.waitFor(() => expect(one.events).toHaveLength(2), PATIENCE);
  await vi.waitFor(() => expect(late.events).toHaveLength(1), PATIENCE);
  await vi.waitFor(() => expect(there.events).toHaveLength(4), PATIENCE);
  await sleep(300);
  const told = ({ events }: { events: readonly SentEvent[] }) =>
    events.map(({ type, detail }) => `${type} ${detail.id}`);
  const ofOne = ['Task Created task://jobs/b', 'Task Modified task://jobs/b'];
  const everything = ['Location Created jobs', 'Task Created task://jobs/a', ...ofOne];
  expect(told(all).sort()).toEqual(everything);
  expect(told(late)).toEqual(ofOne.slice(1));
  expect(told(one)).toEqual(ofOne);
  expect(told(there).sort()).toEqual(everything);
  expect(told(resumed).sort()).toEqual(told(all).slice(1).sort());
  for (const follower of [all, late, one, there, resumed]) follower.stop();
});

test('a stop ends the streams of followers without cutting them off', async ({ start }) => {
  const product = start();
  const url = await product.listening();
  await ask(url, 'POST', PLACE, { name: 'jobs', kind: 'task' });
  const followers = [await follow(url), await follow(url, '?after=latest')];
  await vi.waitFor(() => expect(followers[0]?.events).toHaveLength(1), PATIENCE);
  expect(await product.stop()).toBe(0);
  // A follower that does not close in time is disconnected, and sees a broken connection.
  expect(await Promise.all(followers.map(({ ended }) => ended))).toEqual(['finished', 'finished']);
  expect(product.errors()).toBe('');
});

test('the audit trail says who did what, also after a restart and after a delete', async ({ start }) => {
  const directory = freshDirectory();
  const product = start(directory);
  const url = await product.listening();
  await ask(url, 'POST', PLACE, { name: 'jobs', kind: 'task' });
  await create(url, 'nightly');
  await update(url, 'nightly', 1);
  await ask(url, 'DELETE', pathOf('nightly'));
  const trail = async (where: string) =>
    ((await ask(where, 'GET', `${pathOf('nightly')}/audit`))?.body.items ?? []).map(
      ({ action, actor, revision }: Record<string, unknown>) => [action, actor, revision],
    );
  const expected = [
    ['Created', 'local', 1],
    ['Modified', 'local', 2],
    ['Deleted', 'local', 3],
  ];
  await vi.waitFor(async () => expect(await trail(url)).toEqual(expected), PATIENCE);
  await product.stop();
  expect(await trail(await start(directory).listening())).toEqual(expected);
});
