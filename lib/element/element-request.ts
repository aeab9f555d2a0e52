import * as z from 'zod/mini';
import { defined } from '../defined.ts';
import { invalidRequest, TaskportError } from '../errors.ts';
import { described, optional } from '../facts.ts';
import { base64 } from '../formats.ts';
import { isObject } from '../is-object.ts';
import { MAX_CAPACITY_KIB } from '../location/location.ts';
import type { Shown } from '../shown.ts';
import { validate } from '../validation.ts';
import { type Checksum, parseChecksum } from './checksum.ts';
import { attributes, givenChecksum } from './element-schema.ts';
import { type ElementId, parseId, SCRATCH } from './id.ts';
import { parentId } from './id-schema.ts';
import { decodeBase64 } from './metadata.ts';
import { DIGEST } from './registry/repository.ts';

/** The most data that comes through the API, in one piece; larger data goes directly to the store. */
const MAX_INLINE_BYTES = 4 * 1024 * 1024;
/** Documents that come with a manifest. */
const MAX_BLOBS = 100;
/** Layers of an image, its ancestors' included. */
const MAX_ALL_LAYERS = 1_000;
/** The most data an element has. */
const MAX_DATA_BYTES = 32 * 2 ** 30;

/** A JSON object that the schema does not check: later code checks all of its entries and names each wrong one. */
export const plainObject = () => z.custom<Record<string, unknown>>(isObject, 'must be an object');

/** A map of user metadata, which `parseMetadata` judges. */
export const givenMetadata = plainObject();
/** Changes to a specification: a merge patch of the parent's, or of the present one. */
export const givenSpec = plainObject();

export const freeSpace = z.int().check(z.minimum(0), z.maximum(MAX_CAPACITY_KIB));

/** Bytes of data. */
export const dataSize = z.int().check(z.minimum(0), z.maximum(MAX_DATA_BYTES));

/** An OCI image that a client pushes, without its layers. */
const pushedImage = z.strictObject({
  manifest: described(base64, 'The manifest or the index, as it is (RFC 4648, section 4).'),
  blobs: optional(
    z.array(base64).check(z.maxLength(MAX_BLOBS)),
    'The config, and what an artifact has in the place of layers; each as it is, and 4 MiB in all with the manifest.',
  ),
});

/** The first layers of an image with more layers than one element may refer to. */
const layerGroup = z.strictObject({
  layers: described(
    z
      .array(z.string().check(z.regex(DIGEST, 'must be `sha256:` and 64 hexadecimal digits in lower case')))
      .check(z.minLength(1), z.maxLength(MAX_ALL_LAYERS)),
    'Digests of layers, the undermost first; its parent has the first of them, where it has one.',
  ),
});

/** The request to create an element. */
export const elementRequest = z.strictObject({
  id: attributes.shape.id,
  parentId: optional(
    parentId,
    'What it builds on: an image on an image, a volume on a volume or an image, a task on a task, an executor on an executor. `scratch:` is the empty root, which an image has that names none.',
  ),
  checksum: optional(
    givenChecksum,
    '`sha256:` or `sha512:` and hexadecimal digits, of the data; computed where it is absent. Required for an upload.',
  ),
  size: optional(dataSize, 'Bytes of the data. Required for an upload.'),
  freeSpace: optional(
    freeSpace,
    'KiB that are to be free above what it and its ancestors use; of images and volumes.',
  ),
  metadata: optional(
    z.strictObject({
      ro: optional(givenMetadata, { title: 'Read-only (ro)', description: 'What never changes.' }),
      rw: optional(givenMetadata, {
        title: 'Changeable (rw)',
        description: 'What may be changed later. No key is in both.',
      }),
    }),
    'User metadata.',
  ),
  spec: optional(givenSpec, 'Its specification, merged over that of its parent.'),
  oci: optional(
    z.union([pushedImage, layerGroup], {
      error: 'must be {"manifest": "…", "blobs": ["…"]} or {"layers": ["sha256:…"]}',
    }),
    'In the place of `data`: an OCI image, an index or an artifact as it is, or a group of layers. Its layers are elements of the location already.',
  ),
  data: optional(
    z.union(
      [
        z.strictObject({ base64: described(base64, 'The bytes (RFC 4648, section 4).') }),
        z.strictObject({
          upload: described(
            z.literal(true),
            'That it will be uploaded: the answer says how, and the element is `pending` until then.',
          ),
        }),
      ],
      { error: 'must be {"base64": "…"} or {"upload": true}' },
    ),
    'Its data, in one piece of up to 4 MiB, or on its way; absent for an element of metadata alone.',
  ),
});

/** A create with valid syntax. */
export interface ElementRequest {
  readonly id: ElementId;
  /** Absent if there is no parent to read, as for the empty root. */
  readonly parent?: ElementId;
  readonly scratch: boolean;
  readonly checksum?: Checksum;
  readonly size?: number;
  readonly freeSpace?: number;
  readonly ro: Record<string, unknown>;
  readonly rw: Record<string, unknown>;
  readonly spec?: Record<string, unknown>;
  readonly data: 'none' | 'upload' | Uint8Array;
  readonly oci?: GivenImage;
}

/** An OCI image, or a group of layers, as the request contains it. */
export type GivenImage =
  | { readonly manifest: Uint8Array; readonly blobs: readonly Uint8Array[] }
  | { readonly layers: readonly Checksum[] };

/** Throws `payload-too-large` [limit] for more data than the API accepts in one piece. */
export const assertInlineSize = (bytes: number): void => {
  if (bytes > MAX_INLINE_BYTES) {
    throw new TaskportError(
      'payload-too-large',
      `the data has more than the ${MAX_INLINE_BYTES} bytes that the API takes in one piece: create the element with \`data: {"upload": true}\`, and send the data by signed requests`,
      {
        limit: MAX_INLINE_BYTES,
      },
    );
  }
};

const decode = (text: string, path: string): Uint8Array => {
  const bytes = decodeBase64(text);
  if (!bytes) throw invalidRequest({ path, message: 'must be base64 (RFC 4648, section 4)' });
  return bytes;
};

const parseData = (data: z.infer<typeof elementRequest>['data']): ElementRequest['data'] => {
  if (data === undefined) return 'none';
  if ('upload' in data) return 'upload';
  assertInlineSize(Math.floor((data.base64.length * 3) / 4) - 2);
  const bytes = decode(data.base64, 'data.base64');
  assertInlineSize(bytes.length);
  return bytes;
};

const parseOci = (oci: Shown<typeof elementRequest>['oci']): GivenImage | undefined => {
  if (oci === undefined) return undefined;
  if ('layers' in oci) return { layers: oci.layers as Checksum[] };
  const { manifest, blobs = [] } = oci;
  const characters = [manifest, ...blobs].reduce((sum, { length }) => sum + length, 0);
  assertInlineSize(Math.floor((characters * 3) / 4) - 2 * (1 + blobs.length));
  const given = {
    manifest: decode(manifest, 'oci.manifest'),
    blobs: blobs.map((blob, at) => decode(blob, `oci.blobs[${at}]`)),
  };
  assertInlineSize([given.manifest, ...given.blobs].reduce((sum, { length }) => sum + length, 0));
  return given;
};

/** Checks the syntax of a create. Throws `invalid-request`, `unsupported-checksum-algorithm`, `payload-too-large`. */
export const parseElementRequest = (body: unknown): ElementRequest => {
  const { id, parentId, checksum, size, freeSpace, metadata, spec, data, oci } = validate(
    elementRequest,
    body,
  );
  const parsedId = parseId(id, 'id');
  const excluded = data === undefined ? (spec === undefined ? undefined : 'spec') : 'data';
  if (oci && excluded)
    throw invalidRequest({ path: excluded, message: 'is in `oci` already: leave one of them out' });
  const parsedData = parseData(data);
  if (parsedData === 'none' && (checksum !== undefined || size !== undefined)) {
    const path = checksum === undefined ? 'size' : 'checksum';
    throw invalidRequest({
      path,
      message: 'describes data, and there is no `data`: send that too, or leave this out',
    });
  }
  if (parsedData instanceof Uint8Array && size !== undefined && size !== parsedData.length) {
    throw invalidRequest({
      path: 'size',
      message: `is ${size}, and the data has ${parsedData.length} bytes: correct it, or leave it out`,
    });
  }
  return defined({
    id: parsedId,
    scratch: parentId === SCRATCH,
    parent: parentId === undefined || parentId === SCRATCH ? undefined : parseId(parentId, 'parentId'),
    checksum: checksum === undefined ? undefined : parseChecksum(checksum, 'checksum'),
    size,
    freeSpace,
    ro: metadata?.ro ?? {},
    rw: metadata?.rw ?? {},
    spec,
    data: parsedData,
    oci: parseOci(oci),
  });
};
