import { expect, it } from 'vitest';
import { shardOf } from '../../../lib/adapters/dynamodb/log/entering-rows.ts';
import type { TaskportEvent } from '../../../lib/event/catalogue.ts';

const at = { createdAt: '2026-01-01T00:00:00.000Z', revision: 1 };
const event = (detail: object): TaskportEvent =>
  ({ detailType: 'Image Created', detail }) as unknown as TaskportEvent;

it('keeps a record in its shard for ever', () => {
  const ids = ['image://library/alpine', 'task://jobs/nightly', 'executor://farm/one', 'library'];
  const shards = [1, 4, 16, 64].map((count) => ids.map((id) => shardOf(event({ id }), count)));
  expect(shards).toEqual([
    [0, 0, 0, 0],
    [3, 0, 0, 1],
    [7, 4, 0, 5],
    [55, 20, 48, 53],
  ]);
});

it('puts a composition with its executor, and the event of a parent with the child', () => {
  const [id, executorId] = ['image://library/alpine', 'executor://farm/one'];
  const of = (detail: object) => shardOf(event(detail), 64);
  expect(of({ id, composition: { executorId, ...at } })).toBe(of({ id: executorId }));
  expect(of({ id, child: { id: 'task://jobs/nightly', ...at } })).toBe(of({ id: 'task://jobs/nightly' }));
});
