import { defined } from '../defined.ts';
import { invalidRequest, TaskportError } from '../errors.ts';
import { rulesOf } from '../kind/index.ts';
import type { KindRules } from '../kind/kind-rules.ts';
import { loaded } from '../loaded.ts';
import type { Location } from '../location/location.ts';
import type { Caller } from '../principal.ts';
import { validate } from '../validation.ts';
import { layersOf } from './content.ts';
import type { ElementDependencies } from './dependencies.ts';
import type { Attributes, ElementRecord } from './element.ts';
import { usedSizeOf } from './element.ts';
import { checkData, type Inspection } from './element-data.ts';
import type { ElementRequest } from './element-request.ts';
import { mergeSpec } from './environment.ts';
import { formatId, SCRATCH } from './id.ts';
import { mergePatch } from './merge-patch.ts';
import { type Metadata, parseMetadata } from './metadata.ts';
import type { PushedImage, PushedParts } from './registry/making.ts';
import { spaceAttributes } from './space.ts';
import { type Spec, type SpecSchema, specSchemaOf } from './specs.ts';
import { UPLOAD_MS, type Upload } from './upload/upload.ts';

const parseCreateMetadata = (request: ElementRequest, location: Location): { ro: Metadata; rw: Metadata } => {
  const parsed = parseMetadata({ ro: request.ro, rw: request.rw }, location.indexed ?? [], false);
  const { ro, rw } = parsed as { ro: Metadata; rw: Metadata };
  const keys = Object.keys(rw).filter((key) => Object.hasOwn(ro, key));
  if (keys.length > 0) {
    throw new TaskportError(
      'read-only-key',
      `${keys.join(', ')}: a key is in \`ro\` or in \`rw\`, not in both; leave one of them out`,
      { keys },
    );
  }
  return { ro, rw };
};

/** Throws `invalid-request` for parts of the request that the kind does not have. */
const assertFits = (request: ElementRequest, rules: KindRules): void => {
  if (request.data !== 'none' && rules.data === 'none') {
    throw invalidRequest({ path: 'data', message: `${rules.called} has no data of its own: leave it out` });
  }
  if (request.oci && rules.data !== 'layer') {
    throw invalidRequest({ path: 'oci', message: `${rules.called} is no image: leave it out` });
  }
  if (request.freeSpace !== undefined && !rules.hasSpace) {
    throw invalidRequest({
      path: 'freeSpace',
      message: `${rules.called} has no space of its own: leave it out`,
    });
  }
};

/** A create after all checks that need no parent. */
export interface Prepared {
  readonly request: ElementRequest;
  readonly rules: KindRules;
  /** The schema of its specification. */
  readonly schema: SpecSchema;
  readonly metadata: { ro: Metadata; rw: Metadata };
  readonly checked: Inspection | undefined;
  readonly blob: string | undefined;
  readonly upload: Upload | undefined;
  readonly pushed: PushedImage | undefined;
  /** Adds the digest of its manifest, if the element is an image that has one. */
  readonly finish: (record: ElementRecord) => ElementRecord;
  readonly caller: Caller;
  readonly now: number;
  readonly incarnation: string;
}

const deriveSpec = (
  { request, rules, schema }: Prepared,
  parent: ElementRecord | undefined,
): Spec | undefined => {
  const inherited = rules.inheritsSpec ? parent?.spec : undefined;
  if (!inherited && !request.spec) return undefined;
  const merge = rules.mergesEnv ? mergeSpec : mergePatch;
  return validate(schema, merge(inherited, request.spec ?? {}), 'spec');
};

/** Makes the element of a request under its parent. */
export const build = (
  prepared: Prepared,
  parent: ElementRecord | undefined,
  { digest, unpackedSize: layersSize, ...parts }: PushedParts = {},
): ElementRecord => {
  const { request, rules, metadata, checked, caller } = prepared;
  const { id } = request;
  const data = checked?.data;
  const at = new Date(prepared.now).toISOString();
  const awaited = request.data === 'upload';
  const base = parent && { usedSize: usedSizeOf(parent), capacity: parent.attributes.capacity ?? 0 };
  const unpackedSize = data?.unpackedSize ?? layersSize ?? (awaited ? (request.size ?? 0) : 0);
  const spec = prepared.pushed ? parts.spec : deriveSpec(prepared, parent);
  const parentId = parent?.attributes.id ?? (rules.fromScratch ? SCRATCH : undefined);
  const checksum = data?.checksum ?? request.checksum;
  const size = data?.size ?? request.size;
  const attributes: Attributes = {
    id: formatId(id),
    ...id,
    ...defined({ parentId }),
    state: awaited ? 'pending' : 'ready',
    revision: 1,
    ...defined({
      checksum,
      size,
      digest,
      unpackedSize: data?.unpackedSize ?? layersSize,
    }),
    ...spaceAttributes(rules.hasSpace, base, unpackedSize, request.freeSpace),
    createdAt: at,
    createdBy: caller.principal,
    modifiedAt: at,
    modifiedBy: caller.principal,
  };
  return prepared.finish({
    attributes,
    ...metadata,
    ...defined({ spec }),
    incarnation: prepared.incarnation,
    ancestors: parent ? [parent.attributes.id, ...parent.ancestors] : [],
    ...defined({
      layers: parts.layers,
      oci: parts.oci,
      below: parent && rules.data === 'layer' ? layersOf(parent) : undefined,
      base: base && rules.hasSpace ? base : undefined,
      blob: prepared.blob,
      layer: checked?.layer,
      upload: prepared.upload,
      dueAt: awaited ? new Date(prepared.now + UPLOAD_MS).toISOString() : undefined,
    }),
  });
};

/** Loaded by the first call that makes an image from layers, since every cold start would pay for it. */
export const making = loaded(() => import('./registry/making.ts'));

const finisher = async (
  { data, oci, parent }: ElementRequest,
  rules: KindRules,
): Promise<Prepared['finish']> => {
  const hasLayers = rules.data === 'layer' && data !== 'upload' && (data !== 'none' || oci || parent);
  return hasLayers ? (await making()).withManifest : (record) => record;
};

/**
 * Checks a create as far as possible without the parent. Throws the problems of a create, except those of
 * rights, parent and collision.
 */
export const prepare = async (
  deps: Pick<ElementDependencies, 'now' | 'newId'>,
  caller: Caller,
  request: ElementRequest,
  location: Location,
): Promise<Prepared> => {
  const rules = rulesOf(location);
  assertFits(request, rules);
  const metadata = parseCreateMetadata(request, location);
  const schema = await specSchemaOf(location.kind);
  const asked = request.spec && validate(schema, mergePatch({}, request.spec), 'spec');
  if (asked && location.kind === 'executor')
    (await import('./executor-networks.ts')).assertNetworksAllowed(location, asked);
  const bytes = request.data instanceof Uint8Array ? request.data : undefined;
  const checked = bytes && (await checkData(bytes, rules, request.checksum));
  const pushed = request.oci && (await making()).judgePushed(request.oci, request.id);
  return {
    request,
    rules,
    schema,
    metadata,
    checked,
    blob: undefined,
    upload: undefined,
    pushed,
    finish: await finisher(request, rules),
    caller,
    // Never before the location was created, even if clocks differ: the time decides to which location of this
    // name the element belongs.
    now: Math.max(deps.now(), Date.parse(location.createdAt)),
    incarnation: deps.newId(),
  };
};

/**
 * The element of a request without parent and data. Throws the problems of a create, except those of rights and
 * collision.
 */
export const elementFor = async (
  deps: Pick<ElementDependencies, 'now' | 'newId'>,
  caller: Caller,
  request: ElementRequest,
  location: Location,
): Promise<ElementRecord> => build(await prepare(deps, caller, request, location), undefined);
