import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { defined } from '../../../lib/defined.ts';
import type { Attributes, State } from '../../../lib/element/element.ts';
import { entries, eventsOf } from '../../../lib/event/catalogue.ts';
import type { Change, Image } from '../../../lib/event/change.ts';
import { details } from '../../../lib/event/details.ts';
import type { KeptLocation } from '../../../lib/location/location.ts';

const attributes = (rest: Partial<Attributes> = {}): Attributes => ({
  id: 'image://library/alpine',
  kind: 'image',
  location: 'library',
  name: 'alpine',
  state: 'ready',
  revision: 1,
  createdAt: '2026-01-01T00:00:00.000Z',
  createdBy: 'maker',
  modifiedAt: '2026-01-02T00:00:00.000Z',
  modifiedBy: 'changer',
  ...rest,
});
type ElementParts = Omit<Extract<Image, { row: 'element' }>, 'row' | 'attributes'>;
const element = (rest: Partial<Attributes> = {}, parts: Partial<ElementParts> = {}): Image => ({
  row: 'element',
  attributes: attributes(rest),
  ro: {},
  rw: {},
  ...parts,
});
const gone = (revision: number): Image => ({
  row: 'gone',
  attributes: {
    id: 'image://library/alpine',
    kind: 'image',
    location: 'library',
    revision,
    createdAt: '2026-01-01T00:00:00.000Z',
    modifiedAt: '2026-01-03T00:00:00.000Z',
    modifiedBy: 'deleter',
  },
});
const location = (rest: Partial<KeptLocation> = {}): Image => ({
  row: 'location',
  attributes: {
    name: 'library',
    kind: 'image',
    type: 's3',
    policy: 'read-write',
    state: 'open',
    revision: 1,
    createdAt: '2026-01-01T00:00:00.000Z',
    createdBy: 'maker',
    modifiedAt: '2026-01-02T00:00:00.000Z',
    modifiedBy: 'changer',
    ...rest,
  },
});

const events = (before?: Image, after?: Image) => eventsOf(defined({ id: 'c1', before, after }));
const createdAt = '2026-01-01T00:00:00.000Z';
const detail = {
  schemaVersion: 1,
  id: 'image://library/alpine',
  kind: 'image',
  location: 'library',
  at: '2026-01-02T00:00:00.000Z',
  actor: 'changer',
};

describe('an element', () => {
  it('that was created is Created', () => {
    expect(events(undefined, element())).toEqual([
      { detailType: 'Image Created', detail: { ...detail, createdAt, eventId: 'c1.created', revision: 1 } },
    ]);
  });

  it('that was created in place of a deleted one is Created', () => {
    expect(events(gone(5), element())).toMatchObject([
      { detailType: 'Image Created', detail: { revision: 1 } },
    ]);
  });

  it('with a parent is Created, and its parent Inherited', () => {
    const parentId = 'image://base/debian';
    expect(events(undefined, element({ parentId }))).toEqual([
      {
        detailType: 'Image Created',
        detail: { ...detail, createdAt, eventId: 'c1.created', revision: 1, parentId },
      },
      {
        detailType: 'Image Inherited',
        detail: {
          ...detail,
          eventId: 'c1.inherited',
          id: parentId,
          location: 'base',
          child: { id: detail.id, createdAt, revision: 1 },
        },
      },
    ]);
  });

  it('is announced when it is ready, and not while it awaits its data', () => {
    const parentId = 'image://base/debian';
    const awaited = (state: State, revision = 1) => element({ state, revision, parentId });
    expect(events(undefined, awaited('pending'))).toEqual([]);
    expect(events(awaited('pending'), awaited('pending', 2))).toEqual([]);
    expect(events(awaited('pending'), awaited('verifying', 2))).toEqual([]);
    expect(events(awaited('pending'), gone(2))).toEqual([]);
    expect(events(awaited('verifying', 2), awaited('ready', 3)).map(({ detailType }) => detailType)).toEqual([
      'Image Created',
      'Image Inherited',
    ]);
  });

  it('from the empty root has no event of a parent', () => {
    expect(events(undefined, element({ parentId: 'scratch:' }))).toMatchObject([
      { detailType: 'Image Created', detail: { parentId: 'scratch:' } },
    ]);
  });

  it('that was changed is Modified, with names of changed keys and no values', () => {
    const before = element(
      { freeSpace: 5 },
      { ro: { os: 'linux' }, rw: { a: '1', b: '2' }, spec: { x: { y: 1 }, z: 1 } },
    );
    const after = element(
      { revision: 2, freeSpace: 6, capacity: 7 },
      { ro: { os: 'linux' }, rw: { b: 'secret', c: '3' }, spec: { x: { y: 2 }, z: 1 } },
    );
    expect(events(before, after)).toEqual([
      {
        detailType: 'Image Modified',
        detail: {
          ...detail,
          createdAt,
          eventId: 'c1.modified',
          revision: 2,
          changed: ['capacity', 'freeSpace', 'rw.a', 'rw.b', 'rw.c', 'spec.x'],
        },
      },
    ]);
  });

  it('with an unchanged revision has no event', () => {
    expect(events(element(), element({}, { rw: { a: 'b' } }))).toEqual([]);
  });

  it('that was deleted is Deleted, by the caller in its row', () => {
    const [event, ...rest] = events(element({ revision: 4, parentId: 'image://base/debian' }), gone(5));
    expect(rest).toEqual([]);
    expect(event).toEqual({
      detailType: 'Image Deleted',
      detail: {
        ...detail,
        createdAt,
        eventId: 'c1.deleted',
        revision: 5,
        at: '2026-01-03T00:00:00.000Z',
        actor: 'deleter',
      },
    });
  });

  it('is not deleted again when that row is removed', () => {
    expect(events(gone(5), undefined)).toEqual([]);
  });

  it.each(['task', 'image', 'volume', 'executor', 'log'] as const)(
    'of every kind has events with its name: %s',
    (kind) => {
      const of = { kind, id: `${kind}://l/a` };
      const title = kind.charAt(0).toUpperCase() + kind.slice(1);
      const types = (before?: Image, after?: Image) =>
        events(before, after).map(({ detailType }) => detailType);
      expect(types(undefined, element(of))).toEqual([`${title} Created`]);
      expect(types(element(of), element({ ...of, revision: 2 }))).toEqual([`${title} Modified`]);
    },
  );

  it('names at most a hundred changed keys, with the number of others', () => {
    const many = (count: number) =>
      Object.fromEntries(Array.from({ length: count }, (_, at) => [`k${at}`, 'x']));
    const changed = (count: number) =>
      events(element(), element({ revision: 2 }, { rw: many(count) }))[0]?.detail;
    expect(changed(100)).not.toHaveProperty('moreChanged');
    expect(changed(130)).toMatchObject({ moreChanged: 30 });
    expect((changed(130) as { changed: string[] }).changed).toHaveLength(100);
  });
});

describe('a location', () => {
  const about = { eventId: 'c1.created', schemaVersion: 1, id: 'library', at: detail.at, actor: 'changer' };

  it('is Created, Modified and Deleted', () => {
    expect(events(undefined, location())).toEqual([
      { detailType: 'Location Created', detail: { ...about, createdAt, revision: 1 } },
    ]);
    expect(events(location(), location({ revision: 2, policy: 'read-only', capacity: 5 }))).toEqual([
      {
        detailType: 'Location Modified',
        detail: { ...about, createdAt, eventId: 'c1.modified', revision: 2, changed: ['capacity', 'policy'] },
      },
    ]);
    const closing = location({ revision: 2, state: 'closing' });
    const at = '2026-01-03T00:00:00.000Z';
    const gone = {
      ...location({ revision: 3, state: 'closing', modifiedAt: at }),
      row: 'gone-location',
    } as Image;
    const deleted = { ...about, createdAt, eventId: 'c1.deleted', revision: 3 };
    expect(events(closing, gone)).toEqual([{ detailType: 'Location Deleted', detail: { ...deleted, at } }]);
    expect(events(location(), location())).toEqual([]);
  });

  it('is not deleted again when its last row is removed, and is Created if another takes its place', () => {
    const gone = { ...location({ revision: 3, state: 'closing' }), row: 'gone-location' } as Image;
    expect(events(gone, undefined)).toEqual([]);
    expect(events(gone, location()).map(({ detailType }) => detailType)).toEqual(['Location Created']);
    expect(events(gone, location({ revision: 3 })).map(({ detailType }) => detailType)).toEqual([
      'Location Created',
    ]);
  });

  it('that an earlier version deleted without a trace is Deleted, at the revision after its last', () => {
    expect(events(location({ revision: 2, state: 'closing' }), undefined)).toEqual([
      { detailType: 'Location Deleted', detail: { ...about, createdAt, eventId: 'c1.deleted', revision: 3 } },
    ]);
  });

  it('is unchanged if a store only reorders the members of a map', () => {
    const grants = [{ principal: 'a', actions: ['admin' as const] }];
    const turned = grants.map(({ principal, actions }) => ({ actions, principal }));
    const [event] = events(
      location({ grants }),
      location({ grants: turned, revision: 2, policy: 'read-only' }),
    );
    expect(event?.detail).toMatchObject({ changed: ['policy'] });
  });

  it('names a changed owner, and none that was only filled in', () => {
    const changedOf = (...images: [Image, Image]) => events(...images)[0]?.detail;
    const [former, filled] = [location(), location({ owner: 'maker', policy: 'read-only', revision: 2 })];
    expect(changedOf(former, filled)).toMatchObject({ changed: ['policy'] });
    const handed = location({ owner: 'heir', revision: 2 });
    expect(changedOf(location({ owner: 'maker' }), handed)).toMatchObject({ changed: ['owner'] });
    expect(JSON.stringify(changedOf(former, handed))).not.toContain('heir');
    const boxes = (rest: Partial<KeptLocation>) => location({ kind: 'executor', ...rest });
    const legacy = boxes({ allow: 'legacy', policy: 'read-only', revision: 2 });
    expect(changedOf(boxes({}), legacy)).toMatchObject({ changed: ['policy'] });
    const set = changedOf(boxes({}), boxes({ allow: { logs: ['s3://lines/'] }, revision: 2 }));
    expect(set).toMatchObject({ changed: ['allow'] });
    expect(JSON.stringify(set)).not.toContain('lines');
  });
});

it('internal rows have no events', () => {
  for (const row of ['edge', 'guard', 'blob', 'space', 'past-location', 'idempotency']) {
    const image = { row, state: 'held' } as unknown as Image;
    for (const change of [{ after: image }, { before: image }, { before: image, after: image }]) {
      expect(eventsOf({ id: 'c1', ...change } as Change)).toEqual([]);
    }
  }
});

it('for any change, events contain names only, and are in the catalogue', () => {
  const secret = fc.string({ minLength: 8, maxLength: 12 }).map((text) => `value-${text}`);
  const map = fc.dictionary(fc.stringMatching(/^[a-z]{1,6}$/), secret, { noNullPrototype: true });
  const image = fc
    .record({
      ro: map,
      rw: map,
      spec: map,
      state: fc.constantFrom<State>('pending', 'ready'),
      revision: fc.integer({ min: 1, max: 3 }),
    })
    .map(({ state, revision, ...parts }) =>
      element({ state, revision, parentId: 'image://base/debian' }, parts),
    );
  fc.assert(
    fc.property(
      fc.option(image, { nil: undefined }),
      fc.oneof(image, fc.constant(gone(9))),
      (before, after) => {
        for (const { detailType, detail } of events(before, after)) {
          expect(JSON.stringify(detail)).not.toContain('value-');
          const entry = entries.get(detailType);
          expect(entry && details[entry.detail].safeParse(detail)).toMatchObject({ success: true });
        }
      },
    ),
  );
});
