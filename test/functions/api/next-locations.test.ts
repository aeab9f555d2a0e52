/** Events of a deleted location are not shown to readers of the next location of that name. */
import { beforeAll, describe, expect, it } from 'vitest';
import { expectProblem, pathOf, readPages } from './support.ts';
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

const callerOf =
  (as: string) =>
  (...call: Parameters<ReturnType<typeof taskport>['call']>) =>
    taskport().callAs(as, ...call);

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

  it('shows its readers nothing of the old one, not even a count', async () => {
    await taskport().logged();
    expectProblem(await askAudit(NEW, id), 404, 'not-found');
    await create(NEW, id);
    await update(NEW, id, { b: '2' });
    await taskport().logged();
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

  it('leaves the old events to its former readers, who see nothing of the new one', async () => {
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

  it('is distinguished from the old one by creation times, for callers who may read both', async () => {
    const both = 'task://both/one';
    for (const as of [OLD, NEW]) {
      await make(as, 'both', [of(as), of(READER, ['read'])]);
      await create(as, both);
      await remove(as, both);
      await destroy(as, 'both');
    }
    await taskport().logged();
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

  it('may have another kind, and the trails of the old one stay readable', async () => {
    await make(OLD, 'turned', OLD_GRANTS);
    await create(OLD, 'task://turned/one');
    await remove(OLD, 'task://turned/one');
    await destroy(OLD, 'turned');
    await make(NEW, 'turned', NEW_GRANTS, 'image');
    await taskport().logged();
    expect((await audit(READER, 'task://turned/one')).items).toHaveLength(2);
    expectProblem(await askAudit(NEW, 'task://turned/one'), 404, 'unknown-location');
    expectProblem(await askAudit(READER, 'image://turned/one'), 403, 'permission-denied');
  });

  it('starts its trails at once, however many events the old one has', async () => {
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
    await taskport().logged();
    for (const limit of [1, 4, 100]) {
      const pages = await readPages(callerOf(NEW), `${pathOf(busy)}/audit`, limit);
      expect(pages[0]?.length).toBeGreaterThan(0);
      expect(pages.flat().map(({ action }) => action)).toEqual(Array(3).fill(['Created', 'Deleted']).flat());
    }
  });
});
