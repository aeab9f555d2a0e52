import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { encodeCursor } from '../../../lib/cursor.ts';
import { startTaskport, type Taskport } from '../../taskport.ts';
import { bodyOf, expectInvalid, expectProblem, makeLocations, pathOf, readPages } from './support.ts';

const INDEXED = ['ro.os', 'rw.stage'];

let taskport: Taskport;
beforeAll(async () => {
  taskport = await startTaskport();
  await makeLocations(
    taskport,
    { name: 'library', kind: 'image', indexed: INDEXED },
    { name: 'other', kind: 'image', indexed: INDEXED },
    { name: 'plain', kind: 'image' },
    { name: 'none', kind: 'image' },
  );
  await create('image://library/base', { metadata: { ro: { os: 'linux' } } });
  const parentId = 'image://library/base';
  await Promise.all([
    create('image://library/alpine-2', {
      metadata: { ro: { os: 'linux' }, rw: { stage: 'live' } },
      parentId,
    }),
    create('image://library/alpine-10', { metadata: { ro: { os: 'linux' }, rw: { stage: 'test' } } }),
    create('image://library/Zebra', { metadata: { ro: { os: 'plan9', secret: 'x' } }, parentId }),
    create('image://library/waiting', { data: { upload: true } }),
    create('image://other/alpine-9', { metadata: { ro: { os: 'linux' } }, parentId }),
  ]);
});
afterAll(() => taskport.stop());

const create = (id: string, rest: object = {}) =>
  bodyOf(taskport.call('POST', '/v1/elements', { body: { id, ...rest } }), 201);
const listPath = (location: string, ...filters: string[]) =>
  `/v1/elements?kind=image&location=${location}${filters.map((term) => `&filter=${encodeURIComponent(term)}`).join('')}`;
const list = (location: string, ...filters: string[]) => taskport.call('GET', listPath(location, ...filters));
const namesOf = async (answer: ReturnType<typeof list>): Promise<string[]> =>
  (await bodyOf(answer, 200)).items.map((item: { name: string }) => item.name);

describe('a list', () => {
  it('is sorted by name and contains attributes and indexed metadata', async () => {
    const { items, ...rest } = await bodyOf(list('library'), 200);
    const names = items.map((item: { name: string }) => item.name);
    expect(names).toEqual(['Zebra', 'alpine-10', 'alpine-2', 'base', 'waiting']);
    expect(rest).toEqual({});
    const whole = await bodyOf(taskport.call('GET', pathOf('image://library/Zebra')), 200);
    expect(items[0]).toEqual({ ...whole, metadata: { ro: { os: 'plan9' } } });
  });

  it('of an empty location is empty', async () => {
    expect(await bodyOf(list('none'), 200)).toEqual({ items: [] });
  });

  it.each([
    [['ro.os=linux'], ['alpine-10', 'alpine-2', 'base']],
    [['rw.stage=live'], ['alpine-2']],
    [['ro.os=minix'], []],
    [['name^=alpine'], ['alpine-10', 'alpine-2']],
    [['name^=alpine-1', 'ro.os=linux'], ['alpine-10']],
    [['state=pending'], ['waiting']],
    [['state=ready', 'name^=b'], ['base']],
    [['state=failed'], []],
    [['parent=image://library/base'], ['Zebra', 'alpine-2']],
    [['parent=image://library/base', 'name^=Z'], ['Zebra']],
    [['parent=scratch:'], ['alpine-10', 'base', 'waiting']],
    [['parent=image://nowhere/x'], []],
  ])('can be filtered by %j', async (filters, expected) => {
    expect(await namesOf(list('library', ...filters))).toEqual(expected);
    const pages = await readPages(taskport.call, listPath('library', ...filters), 1);
    expect(pages.flat().map((item) => item.name)).toEqual(expected);
  });

  it('of children contains those in its own location', async () => {
    expect(await namesOf(list('other', 'parent=image://library/base'))).toEqual(['alpine-9']);
    expect(await namesOf(list('other', 'parent=scratch:'))).toEqual([]);
  });

  it('follows changes of indexed values, and deletes', async () => {
    await create('image://plain/a');
    await makeLocations(taskport, { name: 'moving', kind: 'image', indexed: ['rw.stage'] });
    const change = (rw: object) =>
      bodyOf(taskport.call('PATCH', pathOf('image://moving/a'), { body: { metadata: { rw } } }), 200);
    await create('image://moving/a', { metadata: { rw: { stage: 'test' } } });
    await change({ stage: 'live' });
    expect(await namesOf(list('moving', 'rw.stage=test'))).toEqual([]);
    const { items } = await bodyOf(list('moving', 'rw.stage=live'), 200);
    expect(items).toMatchObject([{ name: 'a', revision: 2, metadata: { rw: { stage: 'live' } } }]);
    await change({ stage: null });
    expect(await namesOf(list('moving', 'rw.stage=live'))).toEqual([]);
    // Its other metadata is not indexed, and the list does not show that it has none.
    await change({ note: 'mine' });
    expect((await bodyOf(list('moving'), 200)).items[0]).not.toHaveProperty('metadata');
    await change({ stage: 'live' });
    await bodyOf(taskport.call('PATCH', pathOf('image://moving/a'), { body: { freeSpace: 3 } }), 200);
    expect(await namesOf(list('moving', 'rw.stage=live'))).toEqual(['a']);
    await bodyOf(taskport.call('DELETE', pathOf('image://moving/a')), 204);
    expect(await namesOf(list('moving'))).toEqual([]);
    expect(await namesOf(list('moving', 'rw.stage=live'))).toEqual([]);
  });

  it('needs a kind and a location', async () => {
    expectInvalid(await taskport.call('GET', '/v1/elements'), '?kind', '?location');
    expectInvalid(await taskport.call('GET', '/v1/elements?kind=image&location=A'), '?location');
    expectInvalid(await taskport.call('GET', '/v1/elements?kind=images&location=library'), '?kind');
    expectProblem(await list('nowhere'), 404, 'unknown-location');
  });

  it('refuses unknown parameters and repeated ones', async () => {
    expectInvalid(await taskport.call('GET', `${listPath('library')}&sort=name`), '?sort');
    expectInvalid(await taskport.call('GET', `${listPath('library')}&__proto__=x`), '?__proto__');
    expectInvalid(await taskport.call('GET', `${listPath('library')}&constructor=x`), '?constructor');
    expectInvalid(await taskport.call('GET', `${listPath('library')}&limit=1&limit=2`), '?limit');
    expectInvalid(await taskport.call('GET', `${listPath('library')}&location=other`), '?location');
  });

  it.each(['0', '-1', '1001', '1.5', '1e2', '', 'all', '0x10', '99999999999'])(
    'refuses the limit `%s`',
    async (limit) => {
      for (const path of [
        listPath('library'),
        '/v1/locations?',
        `${pathOf('image://library/base')}/children?`,
      ]) {
        expectInvalid(await taskport.call('GET', `${path}&limit=${limit}`), '?limit');
      }
    },
  );
});

describe('a filter', () => {
  it.each([
    ['linux'],
    ['=linux'],
    ['os=linux'],
    ['ro.arch=arm64'],
    ['ro.constructor=x'],
    ['name=base'],
    ['name^='],
    ['name^=-'],
    ['name^=a/b'],
    ['state=gone'],
    ['state='],
    ['parent='],
    ['ro.os=a\0b'],
    [`ro.os=${'x'.repeat(513)}`],
  ])('by %j is refused, with a list of the indexed keys', async (term) => {
    const answer = await list('library', term);
    expectProblem(answer, 400, 'invalid-filterspec', { filter: term, indexed: INDEXED });
  });

  it('has at most one equality and one prefix', async () => {
    expectProblem(await list('library', 'ro.os=a', 'state=ready'), 400, 'invalid-filterspec', {
      filter: 'state=ready',
    });
    expectProblem(await list('library', 'name^=a', 'name^=b'), 400, 'invalid-filterspec', {
      filter: 'name^=b',
    });
  });

  it('of a location without indexed keys is refused with that reason', async () => {
    expectProblem(await list('plain', 'ro.os=linux'), 400, 'invalid-filterspec', { indexed: [] });
  });
});

describe('pages', () => {
  const names = Array.from({ length: 23 }, (_, at) => `p${String(at * 2).padStart(2, '0')}`);
  beforeAll(async () => {
    await makeLocations(taskport, { name: 'paged', kind: 'image', indexed: ['ro.os'] });
    await Promise.all(
      names.map((name) => create(`image://paged/${name}`, { metadata: { ro: { os: 'linux' } } })),
    );
  });

  it.each([1, 5, 22, 23, 24])('of %i contain everything once, in order', async (limit) => {
    for (const filters of [
      [],
      ['ro.os=linux'],
      ['name^=p'],
      ['parent=scratch:'],
      ['state=ready', 'name^=p'],
    ]) {
      const pages = await readPages(taskport.call, listPath('paged', ...filters), limit);
      expect(pages.flat().map((item) => item.name)).toEqual(names);
    }
  });

  it('continue at their place, in spite of creates and deletes meanwhile', async () => {
    const path = listPath('paged', 'ro.os=linux');
    const first = await bodyOf(taskport.call('GET', `${path}&limit=10`), 200);
    const last = first.items.at(-1).name;
    const metadata = { ro: { os: 'linux' } };
    await create('image://paged/p01', { metadata });
    await create('image://paged/p21', { metadata });
    await bodyOf(taskport.call('DELETE', pathOf(`image://paged/${last}`)), 204);
    const rest = await bodyOf(taskport.call('GET', `${path}&limit=100&cursor=${first.cursor}`), 200);
    const shown = [...first.items, ...rest.items].map((item) => item.name);
    expect(shown).toEqual([...names, 'p21'].sort());
    expect(rest).not.toHaveProperty('cursor');
  });

  it('refuse the cursor of another query, and an invalid one', async () => {
    const { cursor } = await bodyOf(taskport.call('GET', `${listPath('paged')}&limit=2`), 200);
    for (const path of [listPath('other'), listPath('paged', 'name^=p'), listPath('paged', 'ro.os=linux')]) {
      expectInvalid(await taskport.call('GET', `${path}&cursor=${cursor}`), '?cursor');
    }
    expectInvalid(await taskport.call('GET', `/v1/locations?cursor=${cursor}`), '?cursor');
    for (const forged of ['', 'x', 'bnVsbA', 'WzEsMl0', 'W10', '%00', 'e30']) {
      expectInvalid(await taskport.call('GET', `${listPath('paged')}&cursor=${forged}`), '?cursor');
    }
  });

  it('refuse a forged cursor to a place that the list cannot have', async () => {
    const { createdAt } = await bodyOf(taskport.call('GET', '/v1/locations/paged'), 200);
    const forge = (terms: object, place: string) =>
      encodeCursor(['elements', 'paged', createdAt, terms], place);
    for (const place of ['', '\0', 'a/b', 'x'.repeat(3_000)]) {
      expectInvalid(await taskport.call('GET', `${listPath('paged')}&cursor=${forge({}, place)}`), '?cursor');
      const locations = encodeCursor(['locations'], place);
      expectInvalid(await taskport.call('GET', `/v1/locations?cursor=${locations}`), '?cursor');
      const id = 'image://library/base';
      const children = encodeCursor(['children', id], place);
      expectInvalid(await taskport.call('GET', `${pathOf(id)}/children?cursor=${children}`), '?cursor');
    }
    const outside = forge({ namePrefix: 'p' }, 'q');
    expectInvalid(await taskport.call('GET', `${listPath('paged', 'name^=p')}&cursor=${outside}`), '?cursor');
  });
});
