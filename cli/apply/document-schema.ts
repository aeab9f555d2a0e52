import * as z from 'zod/mini';
import { MAX_MEMBERS } from '../../lib/composition/composition.ts';
import { joinRequest } from '../../lib/composition/join-request.ts';
import { elementRequest, freeSpace, plainObject } from '../../lib/element/element-request.ts';
import { ELEMENT_NAME, SCRATCH } from '../../lib/element/id.ts';
import { described, optional } from '../../lib/facts.ts';
import { base64 } from '../../lib/formats.ts';
import { type Kind, kinds, rules, storageKinds } from '../../lib/kind/index.ts';
import { LOCATION_NAME } from '../../lib/location/location.ts';
import { locationPatch, locationRequest } from '../../lib/location/location-schema.ts';

export const API_VERSION = 'taskport/v1';

/** The kinds of documents. */
export type DocumentKind = 'Location' | Capitalize<Kind> | 'Tag' | 'Composition';

/** Whether members are bound. */
export const compositionStates = ['bound', 'unbound'] as const;

/** Checked elsewhere than by a schema: a patch of metadata, and of the specification of each kind. */
export const metadataChanges = plainObject();
export const specPatches = Object.fromEntries(kinds.map((kind) => [kind, plainObject()])) as Readonly<
  Record<Kind, ReturnType<typeof plainObject>>
>;

const { ro } = elementRequest.shape.metadata.def.innerType.shape;
const metadata = optional(
  z.strictObject({
    ro,
    rw: optional(metadataChanges, 'What may be changed later; `null` takes a key away.'),
  }),
  'User metadata. No key is in both.',
);
const specOf = (kind: Kind) =>
  optional(
    specPatches[kind],
    'What it says of itself, merged over what it inherits of its parent; `null` takes a field away.',
  );

const inner = ({ source }: RegExp): string => source.replace(/^\^|\$$/g, '');
const shortOf = (...of: readonly Kind[]): string =>
  `((${of.map((kind) => `${kind}://`).join('|')})?${inner(LOCATION_NAME)}/)?${inner(ELEMENT_NAME)}`;
const shortId = (what: string, ...of: readonly Kind[]) =>
  described(z.string(), { description: what, pattern: `^${shortOf(...of)}$` });

const elementDocument = (kind: Kind) => {
  const { parents, data, hasSpace, hasSpec, joins } = rules[kind];
  const scratch = rules[kind].fromScratch ? `${SCRATCH}|` : '';
  return z.strictObject({
    id: shortId(
      `\`<location>/<name>\`, \`<name>\` of the conventional location, or \`${kind}://<location>/<name>\`.`,
      kind,
    ),
    ...(parents.length > 0 && {
      parentId: optional(z.string(), {
        description: `What it builds on. Without its kind it is ${rules[kind].called}.`,
        pattern: `^(${scratch}${shortOf(...parents)})$`,
      }),
    }),
    ...(hasSpace && {
      freeSpace: optional(
        z.nullable(freeSpace),
        'KiB that are to be free above what it and its ancestors use; `null` for no requirement.',
      ),
    }),
    metadata,
    ...(hasSpec && { spec: specOf(kind) }),
    ...(data !== 'none' && {
      data: optional(
        z.union(
          [
            z.string().check(z.minLength(1)),
            z.strictObject({ base64: described(base64, 'The bytes (RFC 4648, section 4).') }),
          ],
          { error: 'must be a path, or {"base64": "…"}' },
        ),
        'What it begins with: a file or a directory by its path, which is relative to this file; or the bytes.',
      ),
      checksum: elementRequest.shape.checksum,
    }),
    ...(joins === 'mounted' && {
      tasks: optional(
        z.array(shortId('The ID of a task.', 'task')).check(z.maxLength(MAX_MEMBERS)),
        'Tasks that are associated with it, and come along where it joins.',
      ),
    }),
  });
};

const { kind: keeps, ...ofLocation } = locationRequest.shape;

/** A location; `null` removes `grants` and `allow`. `kind` is the kind of the document, so `keeps` is the kind of the elements. */
const locationDocument = z.strictObject({
  ...ofLocation,
  keeps,
  grants: locationPatch.shape.grants,
  allow: locationPatch.shape.allow,
});

const [elementJoin, inlineJoin] = joinRequest.def.options;
/** A member, with full or short IDs. */
const memberDocument = z.union([
  z.strictObject({
    ...elementJoin.shape,
    id: shortId('The ID of an image, a volume, a log or a task.', ...kinds),
  }),
  z.strictObject({
    ...inlineJoin.shape,
    storageId: optional(
      shortId('', ...storageKinds),
      'The image or volume that it comes with: a member, whose mount its absolute paths are below.',
    ),
  }),
]);

/** A tag names an existing image, or one in a file of another tool. */
const tagDocument = z.strictObject({
  id: described(z.string(), {
    description:
      '`image://<location>/<repository>:<tag>`, or without `image://`; `latest` where it says no tag.',
    pattern: `^((image://)?${inner(LOCATION_NAME)}/)?[^/:@]+(:[^/:@]+)?$`,
  }),
  image: optional(
    z.nullable(z.string()),
    'The image that it names, of the same location: an ID, or another tag. `null` removes the tag.',
  ),
  data: optional(
    z.string().check(z.minLength(1)),
    'In the place of `image`: an OCI layout or archive, or an archive of `docker save`, by its path. It is pushed, and the tag names it.',
  ),
});

const compositionDocument = z.strictObject({
  executorId: shortId('Whose composition it is.', 'executor'),
  executor: optional(
    z.strictObject({ metadata, spec: specOf('executor') }),
    'Makes the executor where it is not there; where it is, what may change is changed.',
  ),
  members: optional(
    z.array(memberDocument).check(z.maxLength(MAX_MEMBERS)),
    'What is joined: elements, and inline tasks.',
  ),
  state: optional(
    z.enum(compositionStates),
    'Whether what is joined is bound: storage attached, tasks asked to run. `bound` unless it says otherwise.',
  ),
});

const capitalized = (kind: Kind) => `${kind.charAt(0).toUpperCase()}${kind.slice(1)}` as Capitalize<Kind>;

/** The members of documents besides `apiVersion` and `kind`, by kind. */
export const documentSchemas: Readonly<Record<DocumentKind, z.ZodMiniType<Record<string, unknown>>>> = {
  Location: locationDocument,
  ...(Object.fromEntries(
    kinds.map((kind) => [capitalized(kind), elementDocument(kind)] as const),
  ) as unknown as Record<Capitalize<Kind>, z.ZodMiniType<Record<string, unknown>>>),
  Tag: tagDocument,
  Composition: compositionDocument,
};
