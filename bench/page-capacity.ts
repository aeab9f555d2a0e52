import { createHash } from 'node:crypto';
import { BatchWriteItemCommand, UpdateTableCommand } from '@aws-sdk/client-dynamodb';
import { toItem } from '../lib/adapters/dynamodb/element-item.ts';
import { toAttributes } from '../lib/adapters/dynamodb/engine/expression.ts';
import type { ElementRecord } from '../lib/element/element.ts';
import { SCRATCH } from '../lib/element/id.ts';
import type { Location } from '../lib/location/location.ts';
import { type PageQuery, pageBars } from './bars.ts';
import { exactly, type Figure } from './figures.ts';
import { Meter } from './meter.ts';
import { type Service, withService } from './service.ts';

const SIZES = [100, 10_000, 100_000];
const LIMIT = 50;
/** The most items of a batch (Amazon DynamoDB, BatchWriteItem). */
const BATCH = 25;
const PARALLEL = 4;

const LOCATION = 'library';
const PARENT = `image://${LOCATION}/parent`;
const AT = '2026-01-01T00:00:00.000Z';

/** The nth element. Every other one matches the filters; all have the same size, and their names spread them over the shards. */
const record = (n: number): ElementRecord => {
  const matches = n % 2 === 0;
  const digest = createHash('sha256').update(String(n)).digest('hex');
  const name = `${matches ? 'a' : 'b'}-${digest.slice(0, 12)}`;
  return {
    attributes: {
      id: `image://${LOCATION}/${name}`,
      kind: 'image',
      location: LOCATION,
      name,
      parentId: matches ? PARENT : SCRATCH,
      state: matches ? 'ready' : 'failed',
      revision: 1,
      createdAt: AT,
      createdBy: 'local',
      modifiedAt: AT,
      modifiedBy: 'local',
    },
    ro: { os: Buffer.from(matches ? 'linux' : 'plan9') },
    rw: { note: Buffer.from('as built') },
    incarnation: digest.slice(0, 36),
    ancestors: matches ? [PARENT] : [],
  };
};

/** Adds elements from one number up to another. It writes the rows of the product, but in batches. */
const load = async (
  { dynamodb, table }: Service,
  location: Location,
  from: number,
  to: number,
): Promise<void> => {
  let next = from;
  const work = async (): Promise<void> => {
    while (next < to) {
      const first = next;
      next = Math.min(to, first + BATCH);
      const requests = Array.from({ length: next - first }, (_, at) => ({
        PutRequest: { Item: toAttributes(toItem(record(first + at), location, 'bench')) },
      }));
      const answer = await dynamodb.send(new BatchWriteItemCommand({ RequestItems: { [table]: requests } }));
      if (answer.UnprocessedItems?.[table]) throw new Error('the engine left rows of a batch unwritten');
    }
  };
  await Promise.all(Array.from({ length: PARALLEL }, work));
};

interface PageAsked {
  readonly limit?: number;
  readonly cursor?: string;
}

const page = async (
  { call }: Service,
  filter: readonly string[],
  { limit = LIMIT, cursor }: PageAsked = {},
): Promise<string> => {
  const query = new URLSearchParams({ kind: 'image', location: LOCATION, limit: String(limit) });
  for (const term of filter) query.append('filter', term);
  if (cursor !== undefined) query.set('cursor', cursor);
  const answer = JSON.parse(await call('GET', `/v1/elements?${query}`));
  if (answer.items.length !== limit) throw new Error(`a page of ${filter} has ${answer.items.length} items`);
  return answer.cursor;
};

/** Read units of each page at the present size of the location. */
const weighPages = async (service: Service, meter: Meter): Promise<Record<PageQuery, number>> => {
  const weigh = async (filter: readonly string[], asked?: PageAsked): Promise<number> =>
    (await meter.measure(() => page(service, filter, asked))).readUnits;
  return {
    unfiltered: await weigh([]),
    'unfiltered, the second': await weigh([], { cursor: await page(service, []) }),
    'of one': await weigh([], { limit: 1 }),
    'of a hundred': await weigh([], { limit: 100 }),
    'by indexed key': await weigh(['ro.os=linux']),
    'by name prefix': await weigh(['name^=a-']),
    'by indexed key and name prefix': await weigh(['ro.os=linux', 'name^=a-']),
    'by parent': await weigh([`parent=${PARENT}`]),
    'by state': await weigh(['state=ready']),
  };
};

/** Whether a page costs the same in small and large locations, on DynamoDB Local, which counts queries like AWS. */
export const measurePages = (): Promise<Figure[]> =>
  withService('dynamodb-local', async (service) => {
    const { call, dependencies, dynamodb, table } = service;
    // The stream would only slow the engine down.
    const stream = { TableName: table, StreamSpecification: { StreamEnabled: false } };
    await dynamodb.send(new UpdateTableCommand(stream));
    const location = { name: LOCATION, kind: 'image', indexed: ['ro.os'] };
    await call('POST', '/v1/locations', { body: location });
    const meter = new Meter();
    meter.weigh(dynamodb);
    const known = await dependencies.known.get(LOCATION);
    const weights: Record<PageQuery, number>[] = [];
    let loaded = 0;
    for (const size of SIZES) {
      await load(service, known, loaded, size);
      loaded = size;
      weights.push(await weighPages(service, meter));
    }
    const sizes = SIZES.map((size) => size.toLocaleString('en')).join(' · ');
    return Object.entries(pageBars).map(([query, bar]) =>
      exactly(
        `RCU of a page ${query}, at ${sizes} elements`,
        weights.map((each) => each[query as PageQuery]).join(' · '),
        SIZES.map((_, at) => [bar].flat()[at] ?? bar).join(' · '),
      ),
    );
  });
