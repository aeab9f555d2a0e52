/** A store answers the members of a map in any order; the API has one order. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import * as z from 'zod/mini';
import { presentReport } from '../../lib/composition/report-request.ts';
import { presentComposition } from '../../lib/composition/representation.ts';
import { present, presentItem } from '../../lib/element/representation.ts';
import { inOrder } from '../../lib/in-order.ts';
import { location as locationSchema } from '../../lib/location/location-schema.ts';

/** The same value with the members of each object reordered. */
const shuffled = (value: unknown): fc.Arbitrary<unknown> => {
  if (Array.isArray(value)) return fc.tuple(...value.map(shuffled));
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return fc.constant(value);
  const parts = Object.entries(value).map(([name, part]) => fc.tuple(fc.constant(name), shuffled(part)));
  return fc
    .tuple(...parts)
    .chain((entries) => fc.shuffledSubarray(entries, { minLength: entries.length }))
    .map((entries) => Object.fromEntries(entries));
};

const changed = { createdAt: 'c', createdBy: 'c', modifiedAt: 'm', modifiedBy: 'm' };
const location = {
  name: 'files',
  kind: 'volume',
  type: 'nfs',
  policy: 'read-write',
  nfs: { server: 's', path: '/p' },
  capacity: 1,
  indexed: ['ro.os'],
  grants: [{ principal: 'p', actions: ['read'] }],
  state: 'open',
  revision: 1,
  ...changed,
};
const attributes = {
  id: 'volume://v/a',
  kind: 'volume',
  location: 'v',
  name: 'a',
  parentId: 'volume://v/b',
  state: 'ready',
  revision: 2,
  checksum: 'sha256:0',
  size: 1,
  unpackedSize: 1,
  freeSpace: 1,
  capacity: 1,
  resizedFrom: 1,
  problem: { code: 'checksum-mismatch', detail: 'd', expected: 'x', actual: 'y' },
  ...changed,
};
const record = {
  attributes,
  ro: { a: Uint8Array.of(97), 'b/c': Uint8Array.of(98), z: Uint8Array.of(99) },
  rw: { k: Uint8Array.of(255), l: Uint8Array.of(97) },
  tasks: [{ id: 'task://t/a' }],
};
const report = {
  attempt: 1,
  state: 'exited',
  reason: 'out-of-memory',
  exitSignal: 'KILL',
  outOfMemory: true,
  unhealthy: true,
  output: { stdout: 's3://b/o', stderr: 's3://b/e' },
  restartsLeft: 2,
  nextAttemptAt: 'n',
  at: 'a',
};

const task = {
  revision: 2,
  state: 'exited',
  attempt: 1,
  reason: 'completed',
  exitCode: 0,
  output: { stdout: 's3://b/o' },
  boundAt: 'b',
  startedAt: 's',
  endedAt: 'e',
  restarts: 1,
  runningSince: 'r',
  ranSeconds: 3,
  heardAt: 'h',
  ephemeral: false,
  storageId: 'image://i/a',
  interrupt: { signal: 'HUP', count: 1, attempt: 1 },
};
const mount = { path: '/', readOnly: true, persistent: true };
const { revision, ephemeral, storageId, interrupt, ...run } = task;
const kept = {
  executorId: 'executor://e/a',
  revision: 3,
  members: [
    { id: 'image://i/a', kind: 'image', bound: true, reference: 'x', mount },
    {
      id: 'task://t/a',
      kind: 'task',
      bound: true,
      reference: 'y',
      task: { revision, ephemeral, storageId, interrupt, run, spec: {} },
    },
  ],
  incarnation: 'i',
  nonce: 'n',
  attempts: {},
  attemptFloor: 0,
  createdAt: 'c',
  modifiedAt: 'm',
  modifiedBy: 'm',
};
const composition = {
  executorId: 'executor://e/a',
  revision: 3,
  members: [
    { id: 'image://i/a', kind: 'image', bound: true, mount },
    { id: 'task://t/a', kind: 'task', bound: true, task: { ...task, specHidden: true } },
  ],
  createdAt: 'c',
  modifiedAt: 'm',
  modifiedBy: 'm',
};

describe('for any order of a store', () => {
  it.each([
    ['a location', location, (value: never) => inOrder(locationSchema, value), location],
    [
      'an element',
      record,
      (value: never) => present(value),
      {
        ...attributes,
        metadata: { ro: { a: 'a', 'b/c': 'b', z: 'c' }, rw: { k: { base64: '/w==' }, l: 'a' } },
        tasks: record.tasks,
      },
    ],
    [
      'an element of a list',
      { attributes, indexed: { 'ro.a': 'b', 'ro.c': 'd', 'rw.e': 'f' } },
      (value: never) => presentItem(value),
      { ...attributes, metadata: { ro: { a: 'b', c: 'd' }, rw: { e: 'f' } } },
    ],
    ['a report', report, (value: never) => presentReport(value), report],
    ['a composition', kept, (value: never) => presentComposition(value, () => false), composition],
  ])('%s is shown in one order', (_, value, show, expected) => {
    fc.assert(
      fc.property(shuffled(value), (found) => {
        expect(JSON.stringify(show(found as never))).toBe(JSON.stringify(expected));
      }),
    );
  });
});

it('unnamed members come last, by name, and none is lost', () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (value) => {
      const ordered = inOrder(z.object({ b: z.unknown(), a: z.unknown() }), value);
      expect(ordered).toEqual(value);
      const names = Object.keys(ordered).filter((name) => !/^\d+$/.test(name));
      const first = ['b', 'a'].filter((name) => Object.hasOwn(value, name));
      expect(names).toEqual([...first, ...names.filter((name) => !first.includes(name)).sort()]);
    }),
  );
});
