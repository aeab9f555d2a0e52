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
    rw: optional(metadataChanges, 'Keys that a caller may change later. `null` removes a key.'),
  }),
  'The user metadata. A key cannot be in both `ro` and `rw`.',
);
const specOf = (kind: Kind) =>
  optional(specPatches[kind], 'The specification, merged over that of the parent. `null` removes a field.');

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
      `The ID: \`<location>/<name>\`, \`<name>\` alone for the conventional location, or \`${kind}://<location>/<name>\`.`,
      kind,
    ),
    ...(parents.length > 0 && {
      parentId: optional(z.string(), {
        description: `The ID of the parent. An ID without a kind names ${rules[kind].called}.`,
        pattern: `^(${scratch}${shortOf(...parents)})$`,
      }),
    }),
    ...(hasSpace && {
      freeSpace: optional(
        z.nullable(freeSpace),
        'The free space in KiB, in addition to the space that the element and its ancestors use. `null` removes the requirement.',
      ),
    }),
    metadata,
    ...(hasSpec && { spec: specOf(kind) }),
    ...(data !== 'none' && {
      data: optional(
        z.union(
          [
            z.string().check(z.minLength(1)),
            z.strictObject({ base64: described(base64, 'The bytes in base64 (RFC 4648, section 4).') }),
          ],
          { error: 'must be a path, or {"base64": "…"}' },
        ),
        'The initial data: the path of a file or directory, relative to this document, or the bytes.',
      ),
      checksum: elementRequest.shape.checksum,
    }),
    ...(joins === 'mounted' && {
      tasks: optional(
        z.array(shortId('The ID of a task.', 'task')).check(z.maxLength(MAX_MEMBERS)),
        'The tasks that are associated with the element. They join an executor whenever the element does.',
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
      'The ID of the image or volume with which the task joins. It is a member, and the absolute paths of the task are below its mount path.',
    ),
  }),
]);

/** A tag names an existing image, or one in a file of another tool. */
const tagDocument = z.strictObject({
  id: described(z.string(), {
    description:
      'The ID of the tag: `image://<location>/<repository>:<tag>`, with or without `image://`. Without a tag name it is `latest`.',
    pattern: `^((image://)?${inner(LOCATION_NAME)}/)?[^/:@]+(:[^/:@]+)?$`,
  }),
  image: optional(
    z.nullable(z.string()),
    'The image that the tag names: the ID of an image or of another tag in the same location. `null` deletes the tag.',
  ),
  data: optional(
    z.string().check(z.minLength(1)),
    'The path of an OCI layout, an OCI archive or an archive of `docker save`, instead of `image`. The command pushes the image, and the tag names it.',
  ),
});

const compositionDocument = z.strictObject({
  executorId: shortId('The ID of the executor that has the composition.', 'executor'),
  executor: optional(
    z.strictObject({ metadata, spec: specOf('executor') }),
    'The executor. The command creates it if it does not exist. Otherwise the command changes the fields that can change.',
  ),
  members: optional(
    z.array(memberDocument).check(z.maxLength(MAX_MEMBERS)),
    'The members of the composition: elements and inline tasks.',
  ),
  state: optional(
    z.enum(compositionStates),
    'Whether the members are bound: storage is attached, and the tasks run. Default: `bound`.',
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
