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
  manifest: described(
    base64,
    'The unchanged bytes of the manifest or index, in base64 (RFC 4648, section 4).',
  ),
  blobs: optional(
    z.array(base64).check(z.maxLength(MAX_BLOBS)),
    'The unchanged bytes, in base64, of the config and of the blobs that an artifact has instead of layers. Together with the manifest they have at most 4 MiB.',
  ),
});

/** The first layers of an image with more layers than one element may refer to. */
const layerGroup = z.strictObject({
  layers: described(
    z
      .array(z.string().check(z.regex(DIGEST, 'must be `sha256:` and 64 hexadecimal digits in lower case')))
      .check(z.minLength(1), z.maxLength(MAX_ALL_LAYERS)),
    'The digests of the layers, from the lowest to the highest. If the element has a parent, the parent has the first of these layers.',
  ),
});

/** The request to create an element. */
export const elementRequest = z.strictObject({
  id: attributes.shape.id,
  parentId: optional(
    parentId,
    'The ID of the parent: for an image an image, for a volume a volume or an image, for a task a task, for an executor an executor. `scratch:` is the empty root, which is the default for images.',
  ),
  checksum: optional(
    givenChecksum,
    'The checksum of the data: `sha256:` or `sha512:` and hexadecimal digits. Required for an upload. If absent otherwise, the service computes it.',
  ),
  size: optional(dataSize, 'The size of the data in bytes. Required for an upload.'),
  freeSpace: optional(
    freeSpace,
    'The free space of an image or volume in KiB, in addition to the space that it and its ancestors use.',
  ),
  metadata: optional(
    z.strictObject({
      ro: optional(givenMetadata, { title: 'Read-only (ro)', description: 'Keys that never change.' }),
      rw: optional(givenMetadata, {
        title: 'Changeable (rw)',
        description: 'Keys that a caller may change later. A key cannot be in both `ro` and `rw`.',
      }),
    }),
    'The user metadata.',
  ),
  spec: optional(
    givenSpec,
    'The specification of the element. The service merges it over that of the parent.',
  ),
  oci: optional(
    z.union([pushedImage, layerGroup], {
      error: 'must be {"manifest": "…", "blobs": ["…"]} or {"layers": ["sha256:…"]}',
    }),
    'An OCI image, an index, an artifact or a group of layers, instead of `data`. Its layers must be elements of the location already.',
  ),
  data: optional(
    z.union(
      [
        z.strictObject({ base64: described(base64, 'The bytes in base64 (RFC 4648, section 4).') }),
        z.strictObject({
          upload: described(
            z.literal(true),
            'Whether the caller uploads the data later. The answer has the signed requests, and the element is `pending` until the upload is complete.',
          ),
        }),
      ],
      { error: 'must be {"base64": "…"} or {"upload": true}' },
    ),
    'The data of the element: one piece of at most 4 MiB, or the announcement of an upload. Absent if the element has metadata only.',
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
