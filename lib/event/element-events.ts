import { isDeepStrictEqual } from 'node:util';
import { defined } from '../defined.ts';
import { parseId, SCRATCH } from '../element/id.ts';
import { kinds, parentKinds } from '../kind/index.ts';
import { type Change, differences, type GoneAttributes, type Image } from './change.ts';
import { changedOf, defineEvent } from './entry.ts';

type ElementImage = Extract<Image, { row: 'element' }>;

/** Whether an element is public: one that awaits its data is only a reserved name. */
const isPublic = (image: Image | undefined): image is ElementImage =>
  image?.row === 'element' && image.attributes.state === 'ready';

/** The detail of every event of an element. */
export const detailOf = (
  change: Change,
  attributes: Omit<GoneAttributes, 'revision' | 'createdAt'>,
  verb: string,
) => ({
  eventId: `${change.id}.${verb}`,
  schemaVersion: 1 as const,
  id: attributes.id,
  kind: attributes.kind,
  location: attributes.location,
  at: attributes.modifiedAt,
  actor: attributes.modifiedBy,
});

export const versionOf = ({
  createdAt: at,
  revision: present,
}: Pick<GoneAttributes, 'createdAt' | 'revision'>) => ({
  createdAt: at,
  revision: present,
});

/** The element that a change has made public. */
const newborn = ({ before, after }: Change): ElementImage[] =>
  isPublic(after) && !isPublic(before) ? [after] : [];

export const created = defineEvent({
  verb: 'Created',
  version: 1,
  subjects: kinds,
  meaning:
    'The element is ready, after its create or after the service verified its data. Until then, only its name is reserved.',
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
  meaning:
    'A caller or the service changed a ready element. `changed` names the fields, without their values.',
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
  meaning: 'The element was deleted, with its data. Its revision is one more than the last.',
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
  meaning: 'Another element was created with this one as its parent. The revision is that of the child.',
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
