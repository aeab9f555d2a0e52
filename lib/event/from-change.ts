import { isDeepStrictEqual } from 'node:util';
import type { Composition } from '../composition/composition.ts';
import type { Attributes } from '../element/element.ts';
import { parseId, SCRATCH } from '../element/id.ts';
import type { Location } from '../location/location.ts';
import { MAX_CHANGED, SCHEMA_VERSION, type TaskportEvent, titleOf } from './catalogue.ts';
import { compositionEvents } from './composition-events.ts';

type GoneAttributes = Pick<
  Attributes,
  'id' | 'kind' | 'location' | 'revision' | 'createdAt' | 'modifiedAt' | 'modifiedBy'
>;

/** A row as the stream shows it, before or after a change; `metadata` values are only ever compared. */
export type Image =
  | {
      readonly row: 'element';
      readonly attributes: Attributes;
      readonly ro: Readonly<Record<string, unknown>>;
      readonly rw: Readonly<Record<string, unknown>>;
      readonly spec?: Readonly<Record<string, unknown>>;
      readonly tasks?: readonly unknown[];
      readonly upload?: { readonly key: string; readonly verification?: { readonly attempt: string } };
    }
  | { readonly row: 'gone'; readonly attributes: GoneAttributes }
  | { readonly row: 'location'; readonly attributes: Location }
  | { readonly row: 'composition'; readonly composition: Composition };

/** A change of one row. */
export interface Change {
  /** The stream's id of the change. */
  readonly id: string;
  readonly before?: Image;
  readonly after?: Image;
}

type ElementImage = Extract<Image, { row: 'element' }>;

/** Names of what differs between two maps, below `prefix`. */
const differences = (prefix: string, before: object = {}, after: object = {}): string[] => {
  const [a, b] = [new Map(Object.entries(before)), new Map(Object.entries(after))];
  return [...new Set([...a.keys(), ...b.keys()])]
    .filter((key) => a.has(key) !== b.has(key) || !isDeepStrictEqual(a.get(key), b.get(key)))
    .map((key) => `${prefix}${key}`)
    .sort();
};

/** What every change moves, and so tells nothing. */
const ALWAYS = new Set(['revision', 'modifiedAt', 'modifiedBy']);

const changedOf = (names: readonly string[]): { changed: string[]; moreChanged?: number } => {
  const telling = names.filter((name) => !ALWAYS.has(name));
  const changed = telling.slice(0, MAX_CHANGED);
  return {
    changed,
    ...(telling.length > changed.length ? { moreChanged: telling.length - changed.length } : {}),
  };
};

/** Whether the world knows of an element: one that awaits its data is only a reserved name. */
const isPublic = (image: Image | undefined): image is ElementImage =>
  image?.row === 'element' && image.attributes.state === 'ready';

const elementEvents = (change: Change): TaskportEvent[] => {
  const { before, after } = change;
  const version = ({ createdAt, revision }: GoneAttributes) => ({ createdAt, revision });
  const detail = (attributes: GoneAttributes, verb: string) =>
    ({
      eventId: `${change.id}.${verb.toLowerCase()}`,
      schemaVersion: SCHEMA_VERSION,
      id: attributes.id,
      kind: attributes.kind,
      location: attributes.location,
      at: attributes.modifiedAt,
      actor: attributes.modifiedBy,
    }) as const;
  if (isPublic(before) && after?.row === 'gone') {
    const { attributes } = after;
    return [
      {
        detailType: `${titleOf(attributes.kind)} Deleted`,
        detail: { ...detail(attributes, 'Deleted'), ...version(attributes) },
      },
    ];
  }
  if (!isPublic(after)) return [];
  const { attributes } = after;
  const { kind, parentId, revision } = attributes;
  if (!isPublic(before)) {
    const parent = parentId === undefined ? {} : { parentId };
    const created: TaskportEvent = {
      detailType: `${titleOf(kind)} Created`,
      detail: { ...detail(attributes, 'Created'), ...version(attributes), ...parent },
    };
    if (parentId === undefined || parentId === SCRATCH) return [created];
    const { kind: parentKind, location } = parseId(parentId, 'parentId');
    const inherited: TaskportEvent = {
      detailType: `${titleOf(parentKind)} Inherited`,
      detail: {
        ...detail(attributes, 'Inherited'),
        id: parentId,
        kind: parentKind,
        location,
        child: { id: attributes.id, revision },
      },
    };
    return [created, inherited];
  }
  if (before.attributes.revision === revision) return [];
  const names = [
    ...differences('', before.attributes, attributes),
    ...differences('ro.', before.ro, after.ro),
    ...differences('rw.', before.rw, after.rw),
    ...differences('spec.', before.spec, after.spec),
    ...(isDeepStrictEqual(before.tasks, after.tasks) ? [] : ['tasks']),
    ...(before.upload?.key === after.upload?.key ? [] : ['upload']),
  ];
  return [
    {
      detailType: `${titleOf(kind)} Modified`,
      detail: { ...detail(attributes, 'Modified'), ...version(attributes), ...changedOf(names) },
    },
  ];
};

const locationEvents = (change: Change): TaskportEvent[] => {
  const before = change.before?.row === 'location' ? change.before.attributes : undefined;
  const after = change.after?.row === 'location' ? change.after.attributes : undefined;
  const location = after ?? before;
  if (!location || before?.revision === after?.revision) return [];
  const verb = !before ? 'Created' : after ? 'Modified' : 'Deleted';
  const detail = {
    eventId: `${change.id}.${verb.toLowerCase()}`,
    schemaVersion: SCHEMA_VERSION,
    id: location.name,
    at: location.modifiedAt,
    actor: location.modifiedBy,
    createdAt: location.createdAt,
    revision: location.revision,
  } as const;
  const detailType = `Location ${verb}`;
  if (verb !== 'Modified') return [{ detailType, detail }];
  return [{ detailType, detail: { ...detail, ...changedOf(differences('', before, after)) } }];
};

/**
 * The events that a change is: the difference of its two images and nothing else, so that state and events
 * cannot disagree. What moves no revision (edges, guards, keys, reserved names) is none.
 */
export const eventsOf = (change: Change): TaskportEvent[] => {
  const row = (change.after ?? change.before)?.row;
  if (row === 'location') return locationEvents(change);
  if (row === 'composition') return compositionEvents(change);
  return row === 'element' || row === 'gone' ? elementEvents(change) : [];
};
