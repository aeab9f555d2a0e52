import { marshall } from '@aws-sdk/util-dynamodb';
import type { DynamoDBRecord, DynamoDBStreamEvent } from 'aws-lambda';
import { describe, expect, it } from 'vitest';
import { createHandler } from '../../../functions/publish/handler.ts';
import { defined } from '../../../lib/defined.ts';
import type { EventBus } from '../../../lib/event/event-bus.ts';

/** The row of an element as Lambda gets it from the stream: as JSON, with binary values in base64. */
const image = (id: string, revision: number, rw: Record<string, string>) => {
  const [kind, , location, name] = id.split(/[:/]+/).flatMap((part, at) => (at === 1 ? ['', part] : [part]));
  const at = '2026-01-01T00:00:00.000Z';
  const attributes = {
    id,
    kind,
    location,
    name,
    state: 'ready',
    revision,
    createdAt: at,
    createdBy: 'a',
    modifiedAt: at,
    modifiedBy: 'a',
  };
  return {
    ...marshall({ row: 'element', attributes, ro: {}, spec: '{"process":{}}' }),
    rw: {
      M: Object.fromEntries(
        Object.entries(rw).map(([key, value]) => [key, { B: Buffer.from(value).toString('base64') }]),
      ),
    },
  };
};
const record = (sequence: number, id: string, revision: number): DynamoDBRecord =>
  ({
    eventID: `e${sequence}`,
    dynamodb: defined({
      SequenceNumber: `${sequence}`,
      OldImage: revision > 1 ? image(id, revision - 1, { colour: 'blue', size: 'l' }) : undefined,
      NewImage: image(id, revision, { colour: 'red', size: 'l' }),
    }),
  }) as DynamoDBRecord;

/** The change with which another volume joins a composition. */
const joining = (revision: number): DynamoDBRecord => {
  const at = '2026-01-01T00:00:00.000Z';
  const composed = (joined: number) => ({
    executorId: 'executor://boxes/one',
    revision: joined,
    members: Array.from({ length: joined }, (_, nth) => ({
      id: `volume://data/v${nth + 1}`,
      kind: 'volume',
      reference: `${nth}`,
    })),
    createdAt: at,
    modifiedAt: at,
    modifiedBy: 'a',
  });
  const row = (joined: number) =>
    marshall({ row: 'composition', composition: JSON.stringify(composed(joined)) });
  return {
    eventID: `e${revision}`,
    dynamodb: { SequenceNumber: `${revision}`, OldImage: row(revision - 1), NewImage: row(revision) },
  } as DynamoDBRecord;
};

const run = async (records: DynamoDBRecord[], takes: (id: string) => boolean = () => true) => {
  const sent: string[] = [];
  const bus: EventBus = {
    put: async (events) =>
      events.map(({ detailType, detail }) => {
        if (!takes(detail.id)) return false;
        sent.push(
          `${detailType} ${'changed' in detail ? detail.changed.join() : ''} ${detail.id} ${detail.eventId}`,
        );
        return true;
      }),
  };
  const { batchItemFailures } = await createHandler(bus)({ Records: records } as DynamoDBStreamEvent);
  return { sent, batchItemFailures };
};

describe('a batch of the stream', () => {
  it('is published as the events of its records', async () => {
    const records = [
      record(1, 'task://jobs/a', 1),
      record(2, 'task://jobs/a', 2),
      record(3, 'log://out/b', 1),
    ];
    expect(await run(records)).toEqual({
      sent: [
        'Task Created  task://jobs/a e1.created',
        'Log Created  log://out/b e3.created',
        'Task Modified rw.colour task://jobs/a e2.modified',
      ],
      batchItemFailures: [],
    });
  });

  it('continues from the first record that the bus refused', async () => {
    const records = [1, 2, 3, 4].map((sequence) =>
      record(sequence, sequence % 2 ? 'task://jobs/a' : 'task://jobs/b', 1),
    );
    const { sent, batchItemFailures } = await run(records, (id) => id.endsWith('a'));
    expect(batchItemFailures).toEqual([{ itemIdentifier: '2' }]);
    expect(sent).toHaveLength(2);
  });

  it('keeps the events of one record in order, for any elements', async () => {
    const puts: string[][] = [];
    const bus: EventBus = {
      put: async (events) => {
        puts.push(events.map(({ detailType, detail }) => `${detailType} ${detail.id}`));
        return events.map(() => true);
      },
    };
    const Records = [joining(2), joining(3), record(4, 'log://out/b', 1)];
    await createHandler(bus)({ Records } as DynamoDBStreamEvent);
    expect(puts).toEqual([
      ['Volume Joined volume://data/v2', 'Log Created log://out/b'],
      ['Volume Joined volume://data/v3'],
    ]);
  });

  it('without events publishes nothing', async () => {
    const edge = {
      eventID: 'e1',
      dynamodb: { SequenceNumber: '1', NewImage: marshall({ row: 'edge', state: 'held' }) },
    };
    expect(await run([edge as DynamoDBRecord])).toEqual({ sent: [], batchItemFailures: [] });
  });
});
