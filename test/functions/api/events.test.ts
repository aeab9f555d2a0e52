import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import type { EventLog } from '../../../lib/event/event-log.ts';
import { type EventQuery, readEvents } from '../../../lib/event/read-events.ts';
import { LocationCache } from '../../../lib/location/location-cache.ts';
import { PATIENCE } from '../../patience.ts';
import { type LoggedTaskport, startLogged } from './event-stream.ts';
import { bodyOf, expectInvalid, expectProblem, makeLocations, pathOf, sweep } from './support.ts';

const STRANGER = 'arn:aws:iam::123456789012:role/stranger';
const MINE = [{ principal: 'local', actions: ['create', 'read', 'delete', 'admin'] }];

let taskport: LoggedTaskport;
beforeAll(async () => {
  taskport = await startLogged(inject('dynamodbUrl'));
  await makeLocations(taskport, 'image', 'volume', { name: 'guarded', kind: 'image', grants: MINE });
});
afterAll(() => taskport.stop());

const create = (id: string, rest: object = {}) =>
  bodyOf(taskport.call('POST', '/v1/elements', { body: { id, ...rest } }), 201);
type Parameters = Readonly<Record<string, string | number>>;
const pathTo = (parameters: Parameters): string =>
  `/v1/events?${new URLSearchParams(Object.entries(parameters).map(([name, value]): [string, string] => [name, String(value)]))}`;
const events = (parameters: Parameters = {}, as?: string) => {
  const path = pathTo(parameters);
  return bodyOf(as ? taskport.callAs(as, 'GET', path) : taskport.call('GET', path), 200);
};
/** The end of the log, after it has all events so far. */
const latest = async (): Promise<string> => {
  await taskport.logged();
  return (await events({ after: 'latest' })).after;
};
interface Shown {
  readonly 'detail-type': string;
  readonly detail: { readonly id: string; readonly eventId: string };
}
const told = ({ items }: { items: Shown[] }) =>
  items.map(({ 'detail-type': type, detail }) => `${type} ${detail.id}`);

describe('the log of events', () => {
  it('begins with the first event still kept, in the form of EventBridge', async () => {
    await taskport.logged();
    const { items } = await events();
    expect(items[0]).toEqual({
      source: 'taskport',
      'detail-type': 'Location Created',
      detail: {
        eventId: expect.any(String),
        schemaVersion: 1,
        id: 'marks',
        at: expect.any(String),
        actor: 'local',
        createdAt: expect.any(String),
        revision: 1,
      },
    });
  });

  it('continues where a reader left off, with later events only', async () => {
    let after = await latest();
    const none = await events({ after });
    expect(none).toEqual({ items: [], after: expect.any(String) });
    const ids = ['image://image/a', 'image://image/b', 'image://image/c'];
    for (const id of ids) await create(id);
    await taskport.logged();
    const seen: string[] = [];
    for (let page = await events({ after: none.after, limit: 2 }); page.items.length > 0; ) {
      expect(page.items.length).toBeLessThanOrEqual(2);
      seen.push(...told(page));
      after = page.after;
      page = await events({ after, limit: 2 });
    }
    expect(seen.filter((each) => each.includes('image')).sort()).toEqual(
      ids.map((id) => `Image Created ${id}`),
    );
    expect(seen).toHaveLength(4);
  });

  it('has nothing after the latest event, until something happens', async () => {
    const after = await latest();
    await create('volume://volume/late');
    await taskport.logged();
    expect(told(await events({ after, kind: 'volume' }))).toEqual(['Volume Created volume://volume/late']);
    expect(told(await events({ after: 'latest' }))).toEqual([]);
  });

  it('can be filtered by a kind, an element or a location', async () => {
    const after = await latest();
    const id = 'image://image/asked-for';
    await create(id);
    await create('volume://volume/child', { parentId: id });
    await bodyOf(taskport.call('PATCH', '/v1/locations/volume', { body: { policy: 'create-only' } }), 200);
    await taskport.logged();
    expect(told(await events({ after, kind: 'image' })).sort()).toEqual([
      `Image Created ${id}`,
      `Image Inherited ${id}`,
    ]);
    expect(told(await events({ after, id: 'volume://volume/child' }))).toEqual([
      'Volume Created volume://volume/child',
    ]);
    expect(told(await events({ after, kind: 'location' }))).toEqual(['Location Modified volume']);
    expect(told(await events({ after, id: 'volume' }))).toEqual(['Location Modified volume']);
    expect(told(await events({ after, kind: 'image', id: 'volume' }))).toEqual([]);
  });

  it('can be filtered by a location, for all its events or for some', async () => {
    const after = (
      await (async () => {
        await taskport.logged();
        return events({ after: 'latest', location: 'volume' });
      })()
    ).after;
    const everything = await latest();
    const id = 'image://image/read-elsewhere';
    await create(id);
    await create('volume://volume/made-of-it', { parentId: id });
    await taskport.logged();
    const named = [`Image Inherited ${id}`, 'Volume Created volume://volume/made-of-it'];
    expect(told(await events({ after, location: 'volume' })).sort()).toEqual(named);
    // A reader of all events can continue with a location, and sees the same.
    const page = await events({ after: everything, location: 'volume' });
    expect(told(page).sort()).toEqual(named);
    expect(told(await events({ after, location: 'volume', kind: 'image' }))).toEqual(named.slice(0, 1));
    expect(told(await events({ after, location: 'volume', id }))).toEqual(named.slice(0, 1));
    expect(told(await events({ after, id: 'volume://volume/made-of-it' }))).toEqual(named.slice(1));
    for (const location of ['nowhere', 'image']) {
      expect(told(await events({ location, kind: 'volume' }))).toEqual([]);
    }
    expectInvalid(await taskport.call('GET', pathTo({ location: 'No Name' })), '?location');
  });

  it('tells callers who may not read in a location neither its events nor their number', async () => {
    const after = (await events({ after: 'latest', location: 'guarded' })).after;
    await create('image://image/parent-of-secret');
    await create('image://guarded/another-secret', { parentId: 'image://image/parent-of-secret' });
    await taskport.logged();
    const mine = await events({ location: 'guarded', after });
    expect(mine.items.length).toBeGreaterThan(1);
    const theirs = await events({ location: 'guarded', after }, STRANGER);
    expect(theirs).toEqual({ items: [], after: expect.any(String) });
    const open = await events({ location: 'image', id: 'image://image/parent-of-secret' }, STRANGER);
    expect([told(open), open.hidden]).toEqual([['Image Created image://image/parent-of-secret'], 1]);
  });

  it('reaches its end with few store requests, even if few of many events match', async () => {
    const { log, known } = taskport.dependencies;
    const after = await latest();
    for (let nth = 0; nth < 40; nth += 1) await create(`image://image/many-${nth}`);
    const rare = ['volume://volume/rare-1', 'volume://volume/rare-2', 'volume://volume/rare-3'];
    for (const id of rare) await create(id);
    await taskport.logged();
    let reads = 0;
    const counted: Pick<EventLog, 'end' | 'has' | 'after'> = {
      end: (location) => log.end(location),
      has: (place) => log.has(place),
      after: (...asked) => {
        reads += 1;
        return log.after(...asked);
      },
    };
    const seen: string[] = [];
    let place = after;
    for (let pages = 0; pages < 4; pages += 1) {
      const query: EventQuery = { limit: 1, kind: 'volume', after: place };
      const page = await readEvents({ log: counted as typeof log, known }, 'local', query);
      seen.push(...page.items.map(({ detail }) => detail.id));
      place = page.after;
    }
    expect(seen.sort()).toEqual(rare);
    expect(reads).toBeLessThanOrEqual(10);
  });

  it('reports the number of hidden events, and nothing about them', async () => {
    const after = await latest();
    await create('image://image/open');
    await create('image://guarded/secret', { parentId: 'image://image/open' });
    await taskport.logged();
    const mine = await events({ after, kind: 'image' });
    expect(told(mine).sort()).toEqual([
      'Image Created image://guarded/secret',
      'Image Created image://image/open',
      'Image Inherited image://image/open',
    ]);
    expect(mine).not.toHaveProperty('hidden');
    const theirs = await events({ after, kind: 'image' }, STRANGER);
    expect([told(theirs), theirs.hidden]).toEqual([['Image Created image://image/open'], 2]);
    expect(JSON.stringify(theirs)).not.toContain('guarded');
    // In a location that the caller may not read, it does not learn whether the element exists.
    for (const name of ['secret', 'never']) {
      const asked = await events({ after, id: `image://guarded/${name}` }, STRANGER);
      expect(asked).toEqual({ items: [], after: expect.any(String) });
    }
    const parent = await events({ after, id: 'image://image/open' }, STRANGER);
    expect([told(parent), parent.hidden]).toEqual([['Image Created image://image/open'], 1]);
    // Hidden events are skipped, so a caller who continues does not meet them again.
    expect(await events({ after: theirs.after }, STRANGER)).toEqual({ items: [], after: theirs.after });
  });

  it('looks a closing, deleted or unknown location up once, however many events it has', async () => {
    const names = ['closing', 'gone', 'unknown'];
    const [{ log, locations }, after] = [taskport.dependencies, await latest()];
    await makeLocations(taskport, ...names.map((name) => ({ name, kind: 'image' })));
    for (const name of names) {
      for (let nth = 0; nth < 5; nth += 1) await create(`image://${name}/${nth}`);
      for (let nth = 0; nth < 5; nth += 1) {
        await bodyOf(taskport.call('DELETE', pathOf(`image://${name}/${nth}`)), 204);
      }
    }
    for (const name of ['gone', 'unknown'])
      await bodyOf(taskport.call('DELETE', `/v1/locations/${name}`), 202);
    await sweep(taskport, 10 * 60_000);
    await bodyOf(taskport.call('DELETE', '/v1/locations/closing'), 202);
    await taskport.logged();
    const asked: string[] = [];
    const known = new LocationCache(
      {
        get: (name) => {
          asked.push(name);
          return locations.get(name);
        },
        past: async (name, ...lives) => {
          asked.push(`what was ${name}`);
          return name === 'unknown' ? [] : locations.past(name, ...lives);
        },
      },
      Date.now,
    );
    const read = () => readEvents({ log, known }, 'local', { limit: 1_000, after, kind: 'image' });
    expect([(await read()).items.length, (await read()).hidden]).toEqual([20, 10]);
    const times = (what: string): number => asked.filter((each) => each === what).length;
    // By the next request, a closing location may be replaced by another of its name, and an unknown one may be created.
    expect(names.map(times)).toEqual([2, 1, 2]);
    expect(times('what was gone')).toBe(1);
    expect(times('what was closing')).toBe(0);
  });

  it('loses and repeats nothing while events are added', async () => {
    const after = await latest();
    const ids = Array.from({ length: 60 }, (_, nth) => `image://image/added-${nth}`);
    const creating = Promise.all(
      [0, 1, 2].map(async (writer) => {
        for (const id of ids.filter((_, nth) => nth % 3 === writer)) await create(id);
      }),
    );
    const seen: Shown[] = [];
    let place = after;
    const deadline = Date.now() + PATIENCE.timeout;
    while (seen.length < ids.length && Date.now() < deadline) {
      const page = await events({ after: place, kind: 'image', limit: 3 });
      seen.push(...page.items);
      place = page.after;
    }
    await creating;
    expect(seen.map(({ detail }) => detail.id).sort()).toEqual([...ids].sort());
    expect(new Set(seen.map(({ detail }) => detail.eventId)).size).toBe(ids.length);
  });

  it('refuses positions of another log, and unknown parameters', async () => {
    const { cursor } = await bodyOf(
      taskport.call('GET', '/v1/elements?kind=image&location=image&limit=1'),
      200,
    );
    for (const after of [cursor, 'nonsense', '12', '']) {
      expectInvalid(await taskport.call('GET', pathTo({ after })), '?after');
    }
    expectInvalid(await taskport.call('GET', pathTo({ since: 'yesterday' })), '?since');
    expectInvalid(await taskport.call('GET', pathTo({ cursor: 'x' })), '?cursor');
    expectInvalid(await taskport.call('GET', pathTo({ limit: 0 })), '?limit');
    expectInvalid(await taskport.call('GET', pathTo({ limit: 1001 })), '?limit');
    expectInvalid(await taskport.call('GET', pathTo({ kind: 'container' })), '?kind');
    expectInvalid(await taskport.call('GET', '/v1/events?kind=image&kind=task'), '?kind');
    expectProblem(await taskport.call('POST', '/v1/events', { body: {} }), 405, 'method-not-allowed');
  });

  it('tells what is wrong with a position, and what to pass', async () => {
    const other = await startLogged(inject('dynamodbUrl'));
    try {
      const after = await latest();
      await other.logged();
      const foreign = (await bodyOf(other.call('GET', '/v1/events'), 200)).after;
      const { after: elsewhere } = await events({ location: 'volume' });
      const [digest, place] = JSON.parse(Buffer.from(after, 'base64url').toString()) as [string, string];
      const encode = (text: string) => Buffer.from(JSON.stringify([digest, text])).toString('base64url');
      const wrong: Record<string, string> = {
        'of another log': foreign,
        'of a log that had no shards': encode('7'),
        'of another location': elsewhere,
        'with a part too few': encode(place.replace(/\.[0-9a-z]+$/, '')),
        'with a part too many': encode(`${place}.0`),
        'of a version to come': encode(place.replace(/^2/, '3')),
        truncated: after.slice(0, -9),
      };
      for (const [what, given] of Object.entries(wrong)) {
        const answer = await taskport.call('GET', pathTo({ after: given }));
        expectInvalid(answer, '?after');
        expect([what, answer.body.errors?.[0]?.message ?? JSON.stringify(answer.body)]).toEqual([
          what,
          expect.stringMatching(/: take the `after` of a page of this log, `latest`, or leave it out/),
        ]);
      }
      // A position from before the first event.
      expect(told(await events({ after: encode('0'), limit: 1 }))).toHaveLength(1);
    } finally {
      await other.stop();
    }
  });

  it('comes in pages if calls go to a function, for any Accept header', async () => {
    // A function cannot answer a stream without end.
    const headers = { accept: 'text/event-stream' };
    const answer = await taskport.callAs(STRANGER, 'GET', pathTo({ limit: 1 }), { headers });
    expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'application/json']);
    expect(answer.body.items).toHaveLength(1);
  });
});
