/** The short form of `npm run soak`. */
import { expect, inject, test } from 'vitest';
import { runConcurrently } from './concurrency.ts';
import { runEvents } from './events.ts';
import { guaranteesOfConcurrency, guaranteesOfEvents } from './guarantees.ts';

const seed = Math.floor(Math.random() * 2 ** 31);

test('concurrent clients see changes of a record in sequence, for any faults of the storage', async () => {
  const figures = await runConcurrently({ dynamodbUrl: inject('dynamodbUrl'), operations: 400, seed });
  expect(
    guaranteesOfConcurrency(figures).flatMap(({ violations }) => violations),
    `seed ${seed}`,
  ).toEqual([]);
  // A history without faults would prove nothing.
  expect(figures.unknown).toBeGreaterThan(0);
  expect(Object.keys(figures.mishaps).length).toBeGreaterThan(5);
});

test('consumers and the log miss no event, for any faults and killed processes', async () => {
  const figures = await runEvents({ dynamodbUrl: inject('dynamodbUrl'), changes: 1_000, seed });
  expect(
    guaranteesOfEvents(figures).flatMap(({ violations }) => violations),
    `seed ${seed}`,
  ).toEqual([]);
  expect([figures.bus.events, figures.log.events]).toEqual([1_000, 1_000]);
  expect(figures.bus.repeats).toBeGreaterThan(0);
  expect(Math.min(figures.bus.kills, figures.log.kills)).toBeGreaterThan(0);
});
