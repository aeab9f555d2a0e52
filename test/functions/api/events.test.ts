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
/** Where the log ends, once all that happened so far is in it. */
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
  it('begins with the first that is kept, and has each as EventBridge delivers it', async () => {
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

  it('goes on where a reader left off, with what came since and nothing else', async () => {
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

  it('has nothing after the latest, until something happens', async () => {
    const after = await latest();
    await create('volume://volume/late');
    await taskport.logged();
    expect(told(await events({ after, kind: 'volume' }))).toEqual(['Volume Created volume://volume/late']);
    expect(told(await events({ after: 'latest' }))).toEqual([]);
  });

  it('is asked for one kind, or for one element or location', async () => {
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

  it('is asked for what names one location, for all of it or for some', async () => {
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
    // Who begins among all goes on among all, and is shown the same.
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

  it('tells who may not read in a location neither what happened there, nor how much', async () => {
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

  it('comes to its end for who asks for little among much, and asks the store little', async () => {
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

  it('says how many the caller may not read, and nothing of them', async () => {
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
    // Where he may not read, he is not told either whether there is what he asks for.
    for (const name of ['secret', 'never']) {
      const asked = await events({ after, id: `image://guarded/${name}` }, STRANGER);
      expect(asked).toEqual({ items: [], after: expect.any(String) });
    }
    const parent = await events({ after, id: 'image://image/open' }, STRANGER);
    expect([told(parent), parent.hidden]).toEqual([['Image Created image://image/open'], 1]);
    // What is hidden is passed over: a caller who goes on does not meet it again.
    expect(await events({ after: theirs.after }, STRANGER)).toEqual({ items: [], after: theirs.after });
  });

  it('asks once for a location that is closing, that is gone, or that nobody knows, however much happened there', async () => {
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
    // One that is closing may be the next of its name by the next time, and one that is unknown a new one.
    expect(names.map(times)).toEqual([2, 1, 2]);
    expect(times('what was gone')).toBe(1);
    expect(times('what was closing')).toBe(0);
  });

  it('loses nothing to a reader, and repeats nothing, while events are added', async () => {
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

  it('refuses a place that is none of its own, and what it does not know', async () => {
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

  it('says what is wrong with a place, and what to give', async () => {
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
      // From when nothing was logged yet.
      expect(told(await events({ after: encode('0'), limit: 1 }))).toHaveLength(1);
    } finally {
      await other.stop();
    }
  });

  it('comes in pages where calls are those of a function, whatever the client would take', async () => {
    // The handler of a function has no answer that goes on for as long as the client stays.
    const headers = { accept: 'text/event-stream' };
    const answer = await taskport.callAs(STRANGER, 'GET', pathTo({ limit: 1 }), { headers });
    expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'application/json']);
    expect(answer.body.items).toHaveLength(1);
  });
});
