import { PutItemCommand } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import { ElementTable } from '../../lib/adapters/dynamodb/element-table.ts';
import { Table } from '../../lib/adapters/dynamodb/engine/table.ts';
import { elementKey } from '../../lib/adapters/dynamodb/keys.ts';
import type { Location } from '../../lib/location/location.ts';
import { pick, type Random } from './clients.ts';
import { apiAt, connect, insist } from './service.ts';

/** The revisions of one record, from 1 to this one. */
export type Expected = Map<string, number>;

/** The location of all elements. */
export const LOCATION = 'logs';
const WRITERS = 12;
const ELEMENTS_A_WRITER = 4;
/** The probability of the first element, so that several changes of one element go into one call of the bus. */
const FAVOUR = 0.7;
/** One in this number of changes deletes an element, and another creates it again. */
const RENEWAL = 150;

/** The name of a record in the kit for consumers: an element with its creation time. */
const recordOf = (id: string, createdAt: string): string => `${id} since ${createdAt}`;

export interface Changes {
  /** Makes this number of changes, or fewer if told to end, and answers the number. */
  make(count: number, goOn: () => boolean): Promise<number>;
  /** Makes a change that no function can read. */
  poison(): Promise<void>;
  readonly expected: Expected;
  stop(): void;
}

/** Changes elements quickly through the adapters of the product, and records the revisions. */
export const startChanges = async (url: string, table: string, random: Random): Promise<Changes> => {
  const client = connect(url);
  const elements = new ElementTable(new Table(client, table));
  const api = apiAt(url, table);
  const ask = insist(api);
  const { body } = await ask('POST', '/locations', { name: LOCATION, kind: 'log' });
  const location = body as Location;
  const expected: Expected = new Map();
  const present = new Map<string, { createdAt: string; revision: number }>();
  let requests = 0;

  const settle = (id: string, createdAt: string, revision: number): void => {
    present.set(id, { createdAt, revision });
    expected.set(recordOf(id, createdAt), revision);
  };
  const create = async (id: string): Promise<void> => {
    const answer = await ask('POST', '/elements', { id, metadata: { rw: { count: '0' } } });
    settle(id, answer.body.createdAt, 1);
  };
  const change = async (id: string): Promise<void> => {
    const found = present.get(id);
    if (!found) return create(id);
    if (random() < 1 / RENEWAL) {
      await ask('DELETE', id.replace('log://', '/elements/log/'));
      expected.set(recordOf(id, found.createdAt), found.revision + 1);
      present.delete(id);
      return;
    }
    requests += 1;
    const { attributes } = await elements.updateMetadata({
      id,
      location,
      patch: { count: Buffer.from(String(requests)) },
      caller: { principal: 'soak', requestId: `request-${requests}` },
      at: new Date().toISOString(),
    });
    settle(id, attributes.createdAt, attributes.revision);
  };
  return {
    expected,
    make: async (count, goOn) => {
      let made = 0;
      const write = async (_: unknown, writer: number): Promise<void> => {
        const own = Array.from({ length: ELEMENTS_A_WRITER }, (_, at) => `log://logs/${writer}-${at}`);
        while (made < count && goOn()) {
          made += 1;
          await change(random() < FAVOUR ? (own[0] as string) : pick(random, own));
        }
      };
      await Promise.all(Array.from({ length: WRITERS }, write));
      return made;
    },
    poison: async () => {
      const Item = marshall({ ...elementKey('task://jobs/poison'), row: 'element', spec: '{no JSON' });
      await client.send(new PutItemCommand({ TableName: table, Item }));
    },
    stop: () => {
      client.destroy();
      api.close();
    },
  };
};
