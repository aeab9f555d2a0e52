import { retried } from '../../contention.ts';
import { defined } from '../../defined.ts';
import { type Issue, invalidRequest, TaskportError } from '../../errors.ts';
import { assertPermitted } from '../../location/access.ts';
import type { Checksum } from '../checksum.ts';
import { type Content, layersOf } from '../content.ts';
import type { ElementDependencies } from '../dependencies.ts';
import type { ElementRecord } from '../element.ts';
import { stageData } from '../element-data.ts';
import type { Insertion, ReferredElement } from '../element-store.ts';
import { type ElementId, formatId } from '../id.ts';
import type { ReferredLayer } from '../layer.ts';
import { unknownParent } from '../parent.ts';
import type { Reference } from '../shown-element.ts';
import { MAX_LAYERS, MAX_PARTS } from './limits.ts';
import type { IndexedManifest, OciImage } from './oci-image.ts';
import { type PushedImage, unknownContent } from './pushed-image.ts';

/** The number of tries if content disappears before the insert. */
const MAX_TRIES = 5;

/** The parts of a pushed element, besides those of every element. */
export interface PushedParts extends Pick<ElementRecord, 'layers' | 'spec' | 'oci'> {
  readonly digest?: Checksum;
  /** Bytes that its own layers unpack to. */
  readonly unpackedSize?: number;
}

/** Makes the element from the elements to which it refers; `parent` is as it is at that moment. */
type Derive = (parent: ElementRecord | undefined, parts: PushedParts) => ElementRecord;

/** Thrown if an element to which the image should refer was deleted; another one may have the same content. */
class Vanished extends Error {}

const hasVanished = (error: unknown): boolean => error instanceof Vanished;

/** The layers of an image that its parent has already. */
const layersBelow = (image: PushedImage, parent: ElementRecord | undefined): number => {
  if (!parent) return 0;
  const refuse = (reason: string) => new TaskportError('invalid-parent', reason, { reason });
  if (image.layers.length === 0) throw refuse('an image without layers has no parent: leave `parentId` out');
  const below = layersOf(parent);
  const { id } = parent.attributes;
  if (!below) {
    throw refuse(
      `the layers of ${id} are not known yet: have them read by POST …/data/verify, or \`taskport doctor --digests\``,
    );
  }
  const at = below.findIndex(({ digest }, place) => image.layers[place]?.digest !== digest);
  if (at !== -1) {
    throw refuse(
      `layer ${at + 1} of ${id} is ${below[at]?.digest}, and ${image.path}.layers[${at}] is ${image.layers[at]?.digest ?? 'not there'}: name a parent whose layers are the first ones of the image`,
    );
  }
  return below.length;
};

interface Located {
  readonly layers: readonly Content[];
  readonly manifests: readonly Content[];
}

/** Chooses between several elements with one content: the one whose name has the digest, otherwise the first. */
const chosen = (
  contents: readonly Content[],
  part: Content['part'],
  digest: string,
  name: string,
): Content | undefined => {
  const fitting = contents.filter((one) => one.digest === digest && one.part === part);
  return fitting.find(({ id }) => id.endsWith(`/${name}@${digest}`)) ?? fitting[0];
};

/**
 * Finds all contents that an image names, within its location. Throws `unknown-content` [digests] for the
 * missing ones.
 */
const locate = async (
  { elements }: Pick<ElementDependencies, 'elements'>,
  { repository, layers, manifests, missing }: PushedImage,
  location: Insertion['location'],
  from: number,
): Promise<Located> => {
  const own = layers.slice(from);
  const digestsOf = (all: readonly { readonly digest: string }[]) => all.map(({ digest }) => digest);
  const [forLayers, forManifests] = await Promise.all([
    elements.contents(location, digestsOf(own)),
    elements.contents(location, digestsOf(manifests), repository.name),
  ]);
  const absent: string[] = [...missing];
  const find = (
    contents: readonly Content[],
    part: Content['part'],
    digest: string,
    name: string,
  ): Content[] => {
    const content = chosen(contents, part, digest, name);
    if (!content) absent.push(digest);
    return content ? [content] : [];
  };
  const found = {
    layers: own.flatMap(({ digest }) => find(forLayers, 'layer', digest, 'layer')),
    manifests: manifests.flatMap(({ digest }) => find(forManifests, 'manifest', digest, repository.name)),
  };
  if (absent.length > 0) throw unknownContent([...new Set(absent)]);
  return found;
};

/** Throws `invalid-request` if a manifest states another size than the content has. */
const assertSizes = (image: PushedImage, { layers, manifests }: Located, from: number): void => {
  const compare = (
    said: readonly { readonly size?: number }[],
    found: readonly Content[],
    name: string,
    first: number,
  ): Issue[] =>
    said.flatMap(({ size }, at): Issue[] => {
      const actual = found[at]?.size;
      if (size === undefined || size === actual) return [];
      return [
        {
          path: `${image.path}.${name}[${first + at}].size`,
          message: `is ${size}, and the element has ${actual} bytes: correct the manifest`,
        },
      ];
    });
  const issues = [
    ...compare(image.layers.slice(from), layers, 'layers', from),
    ...compare(image.manifests, manifests, 'manifests', 0),
  ];
  if (issues.length > 0) throw invalidRequest(...issues);
};

/** Throws `invalid-request` for more parts than one element may refer to. */
const assertParts = (image: PushedImage, own: PushedImage['layers']): void => {
  const { path, manifests, documents } = image;
  if (new Set(manifests.map(({ digest }) => digest)).size > MAX_PARTS) {
    const message = `names more than ${MAX_PARTS}: make several indexes`;
    throw invalidRequest({ path: `${path}.manifests`, message });
  }
  const different = new Set(own.map(({ digest }) => digest));
  const count = different.size + (documents?.oci.blobs?.length ?? 0);
  if (count <= MAX_PARTS && own.length <= MAX_LAYERS) return;
  const message = `has ${own.length} layers besides those of its parent, and with its blobs ${count} different contents, but an element has at most ${MAX_LAYERS} layers and ${MAX_PARTS} contents of its own. Make an element \`layers@…\` of the first ones by \`oci: {"layers": […]}\`, and name it as \`parentId\``;
  throw invalidRequest({ path: `${path}.layers`, message });
};

/** Throws `invalid-request` if the config states other layers than the image has. */
const assertDiffIds = ({ config }: PushedImage, all: readonly { readonly diffId: Checksum }[]): void => {
  const issues = (config?.diffIds ?? []).flatMap((said, at): Issue[] => {
    const actual = all[at]?.diffId;
    if (said === actual) return [];
    return [
      {
        path: `${config?.path}.rootfs.diff_ids[${at}]`,
        message: `is ${said}, and the layer unpacks to ${actual}: correct the config`,
      },
    ];
  });
  if (issues.length > 0) throw invalidRequest(...issues);
};

const toReferredLayer = (found: ReferredElement | undefined, { digest }: Content): ReferredLayer => {
  const { record, id = '', reference = '' } = found ?? {};
  const { layer, blob, attributes } = record ?? {};
  if (!layer || blob === undefined || attributes?.state !== 'ready' || layer.digest !== digest)
    throw new Vanished();
  return { ...layer, id, unpackedSize: attributes.unpackedSize ?? 0, blob, reference };
};

const toIndexed = (
  found: ReferredElement | undefined,
  { digest, platform }: PushedImage['manifests'][number],
): IndexedManifest => {
  const { record, id = '', reference = '' } = found ?? {};
  if (record?.attributes.state !== 'ready' || record.attributes.digest !== digest) throw new Vanished();
  const { architecture, os, variant, 'os.version': version } = platform ?? {};
  const runs = platform && defined({ architecture, os, variant, 'os.version': version });
  return defined({ digest, id, reference, platform: runs as IndexedManifest['platform'] });
};

/** The parts of an image, made from the elements to which it refers. */
const toParts = (
  image: PushedImage,
  located: Located,
  found: readonly ReferredElement[],
  blob: string | undefined,
  parent: ElementRecord | undefined,
): PushedParts => {
  const byId = new Map(found.map((one) => [one.id, one]));
  const layers = located.layers.map((content) => toReferredLayer(byId.get(content.id), content));
  const manifests = located.manifests.map(({ id }, at) =>
    toIndexed(byId.get(id), image.manifests[at] as PushedImage['manifests'][number]),
  );
  assertDiffIds(image, [...((parent && layersOf(parent)) ?? []), ...layers]);
  const sizes = new Map(layers.map(({ digest, unpackedSize }) => [digest, unpackedSize]));
  const { documents, config } = image;
  const oci: OciImage | undefined =
    documents && blob !== undefined
      ? { ...documents.oci, blob, ...(manifests.length > 0 ? { manifests } : {}) }
      : undefined;
  const spec = config && Object.keys(config.spec).length > 0 ? config.spec : undefined;
  return defined({
    layers: layers.length > 0 ? layers : undefined,
    oci,
    spec: spec as PushedParts['spec'],
    digest: oci?.digest,
    unpackedSize: layers.length > 0 ? [...sizes.values()].reduce((sum, size) => sum + size, 0) : undefined,
  });
};

/**
 * Adds a pushed element. It refers to its layers and manifests, which exist in its location, and keeps its
 * documents. Throws `permission-denied`, `invalid-request`, `unknown-parent`, `invalid-parent`, `unknown-content`
 * [digests], and the problems of an insertion.
 */
export const insertPushed = async (
  deps: ElementDependencies,
  image: PushedImage,
  { id, parent }: { readonly id: ElementId; readonly parent?: ElementId },
  derive: Derive,
  insertion: Omit<Insertion, 'record'>,
): Promise<ElementRecord> => {
  const { location, caller } = insertion;
  assertPermitted(location, caller.principal, 'read');
  const parentId = parent && formatId(parent);
  const former = parentId === undefined ? undefined : await deps.elements.get(parentId);
  if (parent && !former) throw unknownParent(parent);
  const from = layersBelow(image, former);
  assertParts(image, image.layers.slice(from));
  let blob: string | undefined;
  const insert = async (): Promise<ElementRecord> => {
    const located = await locate(deps, image, location, from);
    assertSizes(image, located, from);
    if (image.documents) blob ??= await stageData(deps, image.documents.bytes, undefined);
    const references: Reference[] = [
      ...located.layers.map((content): Reference => ({ id: content.id, kind: 'image' })),
      ...located.manifests.map((content): Reference => ({ id: content.id, kind: 'index' })),
      ...(parentId === undefined ? [] : [{ id: parentId, kind: 'child' as const }]),
    ];
    const make = (found: readonly ReferredElement[]): ElementRecord => {
      const above = found.find((one) => one.id === parentId);
      if (above?.record?.incarnation !== former?.incarnation) throw new Vanished();
      const parts = toParts(image, located, found, blob, above?.record);
      return { ...derive(above?.record, parts), ...defined({ parentReference: above?.reference }) };
    };
    return deps.elements.insertReferring(references, formatId(id), make, insertion);
  };
  return retried(insert, hasVanished, MAX_TRIES).catch((error: unknown) => {
    if (!hasVanished(error)) throw error;
    throw new TaskportError('unavailable', 'its layers were deleted while it was created: try again');
  });
};
