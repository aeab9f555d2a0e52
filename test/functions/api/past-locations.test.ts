/** What happened in a location that is gone: who could read there still can, and the next of its name has nothing of it. */
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { createDynamoClient } from '../../../lib/adapters/dynamodb/client.ts';
import type { Item } from '../../../lib/adapters/dynamodb/expression.ts';
import { Table } from '../../../lib/adapters/dynamodb/table.ts';
import { CLOSING_MS } from '../../../lib/location/locations.ts';
import { Composer } from '../../composing.ts';
import { type LoggedTaskport, startLogged } from './event-stream.ts';
import { bodyOf, expectProblem, pathOf, readPages, sweep } from './support.ts';

const role = (name: string): string => `arn:aws:iam::123456789012:role/${name}`;
const [OLD, NEW, READER, WRITER, STRANGER] = ['old', 'new', 'reader', 'writer', 'stranger'].map(role) as [
  string,
  string,
  string,
  string,
  string,
];
const ALL = ['create', 'read', 'write', 'delete', 'compose', 'admin'];
const of = (principal: string, actions = ALL) => ({ principal, actions });
const OLD_GRANTS = [of(OLD), of(READER, ['read']), of(WRITER, ['create', 'write'])];
const NEW_GRANTS = [of(NEW)];

let taskport: LoggedTaskport;
beforeAll(async () => {
  taskport = await startLogged(inject('dynamodbUrl'));
});
afterAll(() => taskport.stop());

const make = (as: string, name: string, grants?: object[], kind = 'task') =>
  bodyOf(taskport.callAs(as, 'POST', '/v1/locations', { body: { name, kind, grants } }), 201);
const create = (as: string, id: string, rest: object = {}) =>
  bodyOf(taskport.callAs(as, 'POST', '/v1/elements', { body: { id, ...rest } }), 201);
const update = (as: string, id: string, rw: object) =>
  bodyOf(taskport.callAs(as, 'PATCH', pathOf(id), { body: { metadata: { rw } } }), 200);
const remove = (as: string, id: string) => bodyOf(taskport.callAs(as, 'DELETE', pathOf(id)), 204);
const close = (as: string, name: string) =>
  bodyOf(taskport.callAs(as, 'DELETE', `/v1/locations/${name}`), 202);
/** Deletes an empty location, and waits until it is gone. */
const destroy = async (as: string, name: string): Promise<void> => {
  await close(as, name);
  await sweep(taskport, CLOSING_MS + 1_000);
  expectProblem(await taskport.callAs(as, 'GET', `/v1/locations/${name}`), 404, 'unknown-location');
};
const askAudit = (as: string, id: string, query = '') =>
  taskport.callAs(as, 'GET', `${pathOf(id)}/audit${query}`);
const audit = (as: string, id: string, query = '') => bodyOf(askAudit(as, id, query), 200);
const actionsOf = ({ items }: { items: { action: string; actor: string }[] }): string[] =>
  items.map(({ action, actor }) => `${action} by ${actor.split('/')[1]}`);
const events = (as: string, query: string) => bodyOf(taskport.callAs(as, 'GET', `/v1/events?${query}`), 200);
const latest = async (): Promise<string> => {
  await taskport.logged();
  return (await events(OLD, 'after=latest')).after;
};
interface Shown {
  readonly 'detail-type': string;
  readonly detail: Readonly<Record<string, string>>;
}
const told = ({ items }: { items: Shown[] }): string[] =>
  items.map(({ 'detail-type': type, detail }) => `${type} ${detail.id}`);

describe('a location that is gone', () => {
  const id = 'task://brief/one';
  let before: string;
  beforeAll(async () => {
    before = await latest();
    await make(OLD, 'brief', OLD_GRANTS);
    await create(OLD, id);
    await update(OLD, id, { a: '1' });
    await remove(OLD, id);
    await destroy(OLD, 'brief');
    await taskport.logged();
  });
  const happened = [
    'Location Created brief',
    `Task Created ${id}`,
    `Task Modified ${id}`,
    `Task Deleted ${id}`,
    'Location Modified brief',
    'Location Deleted brief',
  ];

  it('leaves the audit trails of its elements to those who could read there', async () => {
    for (const as of [OLD, READER]) {
      const trail = await audit(as, id);
      expect(actionsOf(trail)).toEqual(['Created by old', 'Modified by old', 'Deleted by old']);
      expect(trail).not.toHaveProperty('hidden');
    }
  });

  it('is unknown to everybody else, whether there was such an element or not', async () => {
    for (const as of [WRITER, STRANGER]) {
      const answers = [await askAudit(as, id), await askAudit(as, 'task://brief/never')];
      for (const answer of answers) expectProblem(answer, 404, 'unknown-location', { location: 'brief' });
    }
    expectProblem(await askAudit(OLD, 'task://brief/never'), 404, 'unknown-location');
    expectProblem(await askAudit(OLD, 'image://brief/one'), 404, 'unknown-location');
  });

  it('stands in the log for those who could read there, its own end included', async () => {
    for (const as of [OLD, READER]) {
      const page = await events(as, `after=${before}`);
      expect(told(page).filter((event) => event.includes('brief'))).toEqual(happened);
    }
  });

  it('is only counted for others; nothing is where one asks for it by name', async () => {
    const [old, strangers] = [
      await events(OLD, `after=${before}&kind=task`),
      await events(STRANGER, `after=${before}&kind=task`),
    ];
    expect(old).not.toHaveProperty('hidden');
    expect(strangers.hidden).toBe(old.items.length - strangers.items.length);
    expect(JSON.stringify(strangers)).not.toContain('brief');
    for (const named of ['brief', id]) {
      const asked = await events(STRANGER, `after=${before}&id=${encodeURIComponent(named)}`);
      expect(asked).toEqual({ items: [], after: expect.any(String) });
    }
  });

  it('was deleted by whom asked for it, at a time and a revision of its own', async () => {
    const { items } = await events(READER, `after=${before}&id=brief`);
    const [created, closing, deleted] = (items as Shown[]).map(({ detail }) => detail);
    expect([created, closing, deleted].map((detail) => detail?.revision)).toEqual([1, 2, 3]);
    expect(deleted).toMatchObject({ actor: OLD, createdAt: created?.createdAt });
    expect(Date.parse(deleted?.at ?? '')).toBeGreaterThanOrEqual(Date.parse(closing?.at ?? '') + CLOSING_MS);
  });

  it('keeps the last of its grants: who was let in later may read, who was put out may not', async () => {
    await make(OLD, 'regranted', [of(OLD), of(STRANGER, ['read'])]);
    await create(OLD, 'task://regranted/one');
    await remove(OLD, 'task://regranted/one');
    const body = { grants: [of(OLD), of(READER, ['read'])] };
    await bodyOf(taskport.callAs(OLD, 'PATCH', '/v1/locations/regranted', { body }), 200);
    await destroy(OLD, 'regranted');
    await taskport.logged();
    expect((await audit(READER, 'task://regranted/one')).items).toHaveLength(2);
    expectProblem(await askAudit(STRANGER, 'task://regranted/one'), 404, 'unknown-location');
  });

  it('that everybody could read in, everybody still can', async () => {
    await make(OLD, 'open');
    await create(OLD, 'task://open/one');
    await remove(OLD, 'task://open/one');
    await destroy(OLD, 'open');
    await taskport.logged();
    expect((await audit(STRANGER, 'task://open/one')).items).toHaveLength(2);
  });
});

describe('a new location of the same name', () => {
  const id = 'task://again/one';
  let before: string;
  beforeAll(async () => {
    before = await latest();
    await make(OLD, 'again', OLD_GRANTS);
    await create(OLD, id);
    await remove(OLD, id);
    await destroy(OLD, 'again');
    await make(NEW, 'again', NEW_GRANTS);
  });

  it('has nothing of the old to its readers, not even a count', async () => {
    await taskport.logged();
    expectProblem(await askAudit(NEW, id), 404, 'not-found');
    await create(NEW, id);
    await update(NEW, id, { b: '2' });
    await taskport.logged();
    const trail = await audit(NEW, id);
    expect(actionsOf(trail)).toEqual(['Created by new', 'Modified by new']);
    expect(trail).not.toHaveProperty('hidden');
    expect((await readPages(callerOf(NEW), `${pathOf(id)}/audit`, 1)).flat()).toEqual(trail.items);
    for (const [named, expected] of [
      ['again', ['Location Created again']],
      [id, [`Task Created ${id}`, `Task Modified ${id}`]],
    ] as const) {
      const page = await events(NEW, `after=${before}&id=${encodeURIComponent(named)}`);
      expect(told(page)).toEqual(expected);
      expect(page).not.toHaveProperty('hidden');
    }
  });

  it('leaves the old to those who could read it, and nothing of the new', async () => {
    for (const as of [OLD, READER]) {
      const trail = await audit(as, id);
      expect(actionsOf(trail)).toEqual(['Created by old', 'Deleted by old']);
      expect(trail).not.toHaveProperty('hidden');
      const { items } = await events(as, `after=${before}&id=again`);
      expect((items as Shown[]).map(({ detail }) => detail.actor)).toEqual([OLD, OLD, OLD]);
    }
    for (const as of [WRITER, STRANGER]) expectProblem(await askAudit(as, id), 403, 'permission-denied');
    expectProblem(await askAudit(OLD, 'task://again/never'), 403, 'permission-denied');
  });

  it('is told from the old by when things were created, where somebody may read both', async () => {
    const both = 'task://both/one';
    for (const as of [OLD, NEW]) {
      await make(as, 'both', [of(as), of(READER, ['read'])]);
      await create(as, both);
      await remove(as, both);
      await destroy(as, 'both');
    }
    await taskport.logged();
    const { items } = await audit(READER, both);
    expect(actionsOf({ items })).toEqual([
      'Created by old',
      'Deleted by old',
      'Created by new',
      'Deleted by new',
    ]);
    const lives = items.map(({ createdAt }: { createdAt: string }) => createdAt);
    expect([lives[0] === lives[1], lives[1] < lives[2], lives[2] === lives[3]]).toEqual([true, true, true]);
    expect(actionsOf(await audit(OLD, both))).toEqual(['Created by old', 'Deleted by old']);
    expect(actionsOf(await audit(NEW, both))).toEqual(['Created by new', 'Deleted by new']);
  });

  it('may be of another kind: the trails of the old are asked for as before', async () => {
    await make(OLD, 'turned', OLD_GRANTS);
    await create(OLD, 'task://turned/one');
    await remove(OLD, 'task://turned/one');
    await destroy(OLD, 'turned');
    await make(NEW, 'turned', NEW_GRANTS, 'image');
    await taskport.logged();
    expect((await audit(READER, 'task://turned/one')).items).toHaveLength(2);
    expectProblem(await askAudit(NEW, 'task://turned/one'), 404, 'unknown-location');
    expectProblem(await askAudit(READER, 'image://turned/one'), 403, 'permission-denied');
  });

  it('begins its trails at once, however much happened to the old', async () => {
    const busy = 'task://busy/one';
    await make(OLD, 'busy', OLD_GRANTS);
    await create(OLD, busy);
    for (let nth = 0; nth < 105; nth += 1) await update(OLD, busy, { nth: String(nth) });
    await remove(OLD, busy);
    await destroy(OLD, 'busy');
    await make(NEW, 'busy', NEW_GRANTS);
    for (let nth = 0; nth < 3; nth += 1) {
      await create(NEW, busy);
      await remove(NEW, busy);
    }
    await taskport.logged();
    for (const limit of [1, 4, 100]) {
      const pages = await readPages(callerOf(NEW), `${pathOf(busy)}/audit`, limit);
      expect(pages[0]?.length).toBeGreaterThan(0);
      expect(pages.flat().map(({ action }) => action)).toEqual(Array(3).fill(['Created', 'Deleted']).flat());
    }
  });
});

const callerOf =
  (as: string) =>
  (...call: Parameters<LoggedTaskport['call']>) =>
    taskport.callAs(as, ...call);

describe('what happened in several locations', () => {
  it('names an executor or a child where one may read there, as that was then', async () => {
    const [executor, parent, child] = ['executor://machines/one', 'image://kept/base', 'image://layers/top'];
    await make(OLD, 'kept', [of(OLD), of(NEW), of(READER, ['read'])], 'image');
    await make(OLD, 'machines', [of(OLD), of(READER, ['read'])], 'executor');
    await make(OLD, 'layers', [of(OLD), of(READER, ['read'])], 'image');
    await create(OLD, executor);
    await create(OLD, parent);
    await create(OLD, child, { parentId: parent });
    const post = (path: string, body?: object) => taskport.callAs(OLD, 'POST', path, body ? { body } : {});
    const composer = await new Composer(post, executor).open();
    await composer.mount(parent, '/');
    await composer.leave(parent);
    for (const each of [executor, child]) await remove(OLD, each);
    for (const name of ['machines', 'layers']) {
      await destroy(OLD, name);
      await make(NEW, name, NEW_GRANTS, name === 'machines' ? 'executor' : 'image');
    }
    await taskport.logged();
    const expected = ['Created by old', 'Inherited by old', 'Joined by old', 'Left by old'];
    for (const as of [OLD, READER]) {
      const trail = await audit(as, parent);
      expect(actionsOf(trail)).toEqual(expected);
      expect(trail).not.toHaveProperty('hidden');
      expect(actionsOf(await audit(as, executor))).toEqual([
        'Created by old',
        'Joined by old',
        'Left by old',
        'Deleted by old',
      ]);
    }
    // What is now of the name is another, that of a reader of this one.
    const trail = await audit(NEW, parent);
    expect([actionsOf(trail), trail.hidden]).toEqual([['Created by old'], 3]);
    expect(JSON.stringify(trail)).not.toMatch(/machines|layers/);
    expectProblem(await askAudit(NEW, executor), 404, 'not-found');
  });
});

describe('a location of which nobody keeps who might read there', () => {
  const rows = () => new Table(createDynamoClient(), taskport.table);
  it.each([
    [
      'because its time is over, though the store has not removed it yet',
      'expired',
      (item: Item) => rows().put({ ...item, expiresAt: Math.floor(Date.now() / 1000) - 1 }),
    ],
    [
      'because the version before deleted it',
      'unkept',
      ({ pk, sk }: Item) => rows().remove({ pk: pk as string, sk: sk as string }),
    ],
  ])('is nobody’s to read: %s', async (_, name, lose) => {
    const [before, id] = [await latest(), `task://${name}/one`];
    await make(OLD, name, OLD_GRANTS);
    await create(OLD, id);
    await remove(OLD, id);
    await destroy(OLD, name);
    const { items } = await rows().query({ expression: 'pk = :pk', values: { ':pk': `past#${name}` } });
    expect(items).toHaveLength(1);
    await lose(items[0] as Item);
    await taskport.logged();
    for (let time = 1; time <= 2; time += 1) {
      expectProblem(await askAudit(OLD, id), 404, 'unknown-location');
      const page = await events(OLD, `after=${before}`);
      expect([told(page).filter((event) => event.includes(name)), page.hidden]).toEqual([[], 5]);
      expect(await events(OLD, `after=${before}&id=${name}`)).not.toHaveProperty('hidden');
    }
    // Nor does the next of the name come by it.
    await make(NEW, name, NEW_GRANTS);
    expectProblem(await askAudit(NEW, id), 404, 'not-found');
  });
});
