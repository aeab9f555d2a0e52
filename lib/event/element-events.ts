import { isDeepStrictEqual } from 'node:util';
import { defined } from '../defined.ts';
import { parseId, SCRATCH } from '../element/id.ts';
import { kinds, parentKinds } from '../kind/index.ts';
import { type Change, differences, type GoneAttributes, type Image } from './change.ts';
import { changedOf, defineEvent } from './entry.ts';

type ElementImage = Extract<Image, { row: 'element' }>;

/** Whether the world knows of an element: one that awaits its data is only a reserved name. */
const isPublic = (image: Image | undefined): image is ElementImage =>
  image?.row === 'element' && image.attributes.state === 'ready';

const detailOf = (change: Change, attributes: GoneAttributes, verb: string) => ({
  eventId: `${change.id}.${verb}`,
  schemaVersion: 1 as const,
  id: attributes.id,
  kind: attributes.kind,
  location: attributes.location,
  at: attributes.modifiedAt,
  actor: attributes.modifiedBy,
});

const versionOf = ({ createdAt: at, revision: present }: GoneAttributes) => ({
  createdAt: at,
  revision: present,
});

/** The element that a change has brought into the world. */
const newborn = ({ before, after }: Change): ElementImage[] =>
  isPublic(after) && !isPublic(before) ? [after] : [];

export const created = defineEvent({
  verb: 'Created',
  version: 1,
  subjects: kinds,
  meaning:
    'The element is ready: at once, or when its data was verified. Until then it is only a reserved name.',
  detail: 'created',
  of: (change) =>
    newborn(change).map(({ attributes }) => ({
      ...detailOf(change, attributes, 'created'),
      ...versionOf(attributes),
      ...defined({ parentId: attributes.parentId }),
    })),
});

export const modified = defineEvent({
  verb: 'Modified',
  version: 1,
  subjects: kinds,
  meaning: 'Something of a ready element was changed: the names of what, never the values.',
  detail: 'modified',
  of: (change) => {
    const { before, after } = change;
    if (!isPublic(before) || !isPublic(after)) return [];
    if (before.attributes.revision === after.attributes.revision) return [];
    const names = [
      ...differences('', before.attributes, after.attributes),
      ...differences('ro.', before.ro, after.ro),
      ...differences('rw.', before.rw, after.rw),
      ...differences('spec.', before.spec, after.spec),
      ...(isDeepStrictEqual(before.tasks, after.tasks) ? [] : ['tasks']),
      ...(before.upload?.key === after.upload?.key ? [] : ['upload']),
      ...(before.reading?.attempt === after.reading?.attempt ? [] : ['reading']),
    ];
    const { attributes } = after;
    return [{ ...detailOf(change, attributes, 'modified'), ...versionOf(attributes), ...changedOf(names) }];
  },
});

export const deleted = defineEvent({
  verb: 'Deleted',
  version: 1,
  subjects: kinds,
  meaning: 'The element is gone, with all that was its own. Its revision follows the last one.',
  detail: 'deleted',
  of: (change) =>
    isPublic(change.before) && change.after?.row === 'gone'
      ? [{ ...detailOf(change, change.after.attributes, 'deleted'), ...versionOf(change.after.attributes) }]
      : [],
});

export const inherited = defineEvent({
  verb: 'Inherited',
  version: 1,
  subjects: parentKinds,
  meaning:
    'The element became the parent of another, which its own revision does not show; the child’s does.',
  detail: 'inherited',
  of: (change) =>
    newborn(change).flatMap(({ attributes }) => {
      const { parentId, id } = attributes;
      if (parentId === undefined || parentId === SCRATCH) return [];
      const { kind, location } = parseId(parentId, 'parentId');
      return [
        {
          ...detailOf(change, attributes, 'inherited'),
          id: parentId,
          kind,
          location,
          child: { id, ...versionOf(attributes) },
        },
      ];
    }),
});
