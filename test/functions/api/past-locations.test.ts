/** Events of a deleted location stay readable for callers who could read there. */
import { beforeAll, describe, expect, it } from 'vitest';
import { createDynamoClient } from '../../../lib/adapters/dynamodb/engine/client.ts';
import type { Item } from '../../../lib/adapters/dynamodb/engine/expression.ts';
import { Table } from '../../../lib/adapters/dynamodb/engine/table.ts';
import { CLOSING_MS } from '../../../lib/location/locations.ts';
import { Composer } from '../../composing.ts';
import { bodyOf, expectProblem } from './support.ts';
import {
  actionsOf,
  NEW,
  NEW_GRANTS,
  OLD,
  OLD_GRANTS,
  of,
  READER,
  type Shown,
  STRANGER,
  told,
  useTenants,
  WRITER,
} from './tenants.ts';

const { taskport, make, create, update, remove, destroy, askAudit, audit, events, latest } = useTenants();

describe('a deleted location', () => {
  const id = 'task://brief/one';
  let before: string;
  beforeAll(async () => {
    before = await latest();
    await make(OLD, 'brief', OLD_GRANTS);
    await create(OLD, id);
    await update(OLD, id, { a: '1' });
    await remove(OLD, id);
    await destroy(OLD, 'brief');
    await taskport().logged();
  });
  const happened = [
    'Location Created brief',
    `Task Created ${id}`,
    `Task Modified ${id}`,
    `Task Deleted ${id}`,
    'Location Modified brief',
    'Location Deleted brief',
  ];

  it('leaves the audit trails of its elements to its former readers', async () => {
    for (const as of [OLD, READER]) {
      const trail = await audit(as, id);
      expect(actionsOf(trail)).toEqual(['Created by old', 'Modified by old', 'Deleted by old']);
      expect(trail).not.toHaveProperty('hidden');
    }
  });

  it('is unknown to everybody else, whether the element existed or not', async () => {
    for (const as of [WRITER, STRANGER]) {
      const answers = [await askAudit(as, id), await askAudit(as, 'task://brief/never')];
      for (const answer of answers) expectProblem(answer, 404, 'unknown-location', { location: 'brief' });
    }
    expectProblem(await askAudit(OLD, 'task://brief/never'), 404, 'unknown-location');
    expectProblem(await askAudit(OLD, 'image://brief/one'), 404, 'unknown-location');
  });

  it('appears in the log for its former readers, with its own delete', async () => {
    for (const as of [OLD, READER]) {
      const page = await events(as, `after=${before}`);
      expect(told(page).filter((event) => event.includes('brief'))).toEqual(happened);
    }
  });

  it('is only counted for others; a query by its name counts nothing', async () => {
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

  it('names the caller who deleted it, with a time and a revision of its own', async () => {
    const { items } = await events(READER, `after=${before}&id=brief`);
    const [created, closing, deleted] = (items as Shown[]).map(({ detail }) => detail);
    expect([created, closing, deleted].map((detail) => detail?.revision)).toEqual([1, 2, 3]);
    expect(deleted).toMatchObject({ actor: OLD, createdAt: created?.createdAt });
    expect(Date.parse(deleted?.at ?? '')).toBeGreaterThanOrEqual(Date.parse(closing?.at ?? '') + CLOSING_MS);
  });

  it('keeps its last grants: a reader added later may read, a removed one may not', async () => {
    await make(OLD, 'regranted', [of(OLD), of(STRANGER, ['read'])]);
    await create(OLD, 'task://regranted/one');
    await remove(OLD, 'task://regranted/one');
    const body = { grants: [of(OLD), of(READER, ['read'])] };
    await bodyOf(taskport().callAs(OLD, 'PATCH', '/v1/locations/regranted', { body }), 200);
    await destroy(OLD, 'regranted');
    await taskport().logged();
    expect((await audit(READER, 'task://regranted/one')).items).toHaveLength(2);
    expectProblem(await askAudit(STRANGER, 'task://regranted/one'), 404, 'unknown-location');
  });

  it('that was open to everybody stays so', async () => {
    await make(OLD, 'open');
    await create(OLD, 'task://open/one');
    await remove(OLD, 'task://open/one');
    await destroy(OLD, 'open');
    await taskport().logged();
    expect((await audit(STRANGER, 'task://open/one')).items).toHaveLength(2);
  });
});

describe('an event in several locations', () => {
  it('names an executor or a child if the caller could read there at that time', async () => {
    const [executor, parent, child] = ['executor://machines/one', 'image://kept/base', 'image://layers/top'];
    await make(OLD, 'kept', [of(OLD), of(NEW), of(READER, ['read'])], 'image');
    await make(OLD, 'machines', [of(OLD), of(READER, ['read'])], 'executor');
    await make(OLD, 'layers', [of(OLD), of(READER, ['read'])], 'image');
    await create(OLD, executor);
    await create(OLD, parent);
    await create(OLD, child, { parentId: parent });
    const post = (path: string, body?: object) => taskport().callAs(OLD, 'POST', path, body ? { body } : {});
    const composer = await new Composer(post, executor).open();
    await composer.mount(parent, '/');
    await composer.leave(parent);
    for (const each of [executor, child]) await remove(OLD, each);
    for (const name of ['machines', 'layers']) {
      await destroy(OLD, name);
      await make(NEW, name, NEW_GRANTS, name === 'machines' ? 'executor' : 'image');
    }
    await taskport().logged();
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
    // The present location of the name is another one, which this caller may read.
    const trail = await audit(NEW, parent);
    expect([actionsOf(trail), trail.hidden]).toEqual([['Created by old'], 3]);
    expect(JSON.stringify(trail)).not.toMatch(/machines|layers/);
    expectProblem(await askAudit(NEW, executor), 404, 'not-found');
  });
});

describe('a location without recorded readers', () => {
  const rows = () => new Table(createDynamoClient(), taskport().table);
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
  ])('shows its events to nobody: %s', async (_, name, lose) => {
    const [before, id] = [await latest(), `task://${name}/one`];
    await make(OLD, name, OLD_GRANTS);
    await create(OLD, id);
    await remove(OLD, id);
    await destroy(OLD, name);
    const { items } = await rows().query({ expression: 'pk = :pk', values: { ':pk': `past#${name}` } });
    expect(items).toHaveLength(1);
    await lose(items[0] as Item);
    await taskport().logged();
    for (let time = 1; time <= 2; time += 1) {
      expectProblem(await askAudit(OLD, id), 404, 'unknown-location');
      const page = await events(OLD, `after=${before}`);
      expect([told(page).filter((event) => event.includes(name)), page.hidden]).toEqual([[], 5]);
      expect(await events(OLD, `after=${before}&id=${name}`)).not.toHaveProperty('hidden');
    }
    // The next location of the name does not inherit its events.
    await make(NEW, name, NEW_GRANTS);
    expectProblem(await askAudit(NEW, id), 404, 'not-found');
  });
});
