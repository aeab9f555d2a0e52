import * as z from 'zod/mini';
import { untilUncontended } from '../contention.ts';
import { defined } from '../defined.ts';
import { invalidRequest, repeatable } from '../errors.ts';
import { optional } from '../facts.ts';
import { rulesOf } from '../kind/index.ts';
import { unchangeable } from '../kind/unchangeable.ts';
import type { Location } from '../location/location.ts';
import type { Caller } from '../principal.ts';
import type { Shown } from '../shown.ts';
import { validate } from '../validation.ts';
import { type Expected, isExpected, revisionMismatch } from '../version.ts';
import type { ElementDependencies } from './dependencies.ts';
import { type ElementRecord, nextRevision, versionOf } from './element.ts';
import { freeSpace, givenSpec, plainObject } from './element-request.ts';
import type { Replacement } from './element-store.ts';
import { type ElementId, formatId } from './id.ts';
import { locate, notFound } from './located.ts';
import { mergePatch } from './merge-patch.ts';
import { type MetadataPatch, parseMetadata, readOnlyKeys } from './metadata.ts';
import { spaceAttributes } from './space.ts';
import { type Spec, type SpecSchema, specSchemaOf } from './specs.ts';

/** A patch of a map of user metadata: null deletes a key. */
export const givenChanges = plainObject();

/**
 * The changes to an element. The schema also accepts fields that cannot change, since these have a problem of
 * their own.
 */
export const elementPatch = z.strictObject({
  metadata: optional(
    z.strictObject({
      ro: optional(
        z.unknown(),
        'Keys that never change. The service refuses a request that names one as `read-only-key`.',
      ),
      rw: optional(givenChanges, {
        title: 'Changeable (rw)',
        description: 'Keys to set. `null` deletes a key.',
      }),
    }),
    'The changes to the user metadata.',
  ),
  freeSpace: optional(
    z.nullable(freeSpace),
    'The free space of an image or volume in KiB. `null` removes the requirement.',
  ),
  spec: optional(
    givenSpec,
    'The changes to the specification. Only `annotations` of a task and `resources` of an executor can change.',
  ),
});

type ElementPatch = Shown<typeof elementPatch>;

const assertChangeable = (patch: ElementPatch, location: Location): void => {
  const rules = rulesOf(location);
  const { ro = {} } = patch.metadata ?? {};
  const keys = typeof ro === 'object' && ro !== null ? Object.keys(ro) : ['ro'];
  if (keys.length > 0) throw readOnlyKeys(repeatable(keys));
  if (patch.freeSpace !== undefined && !rules.hasSpace) {
    throw invalidRequest({
      path: 'freeSpace',
      message: `${rules.called} has no space of its own: leave it out`,
    });
  }
  const fixed = Object.keys(patch.spec ?? {}).filter((field) => !rules.changeable.includes(field));
  if (fixed.length > 0) {
    throw invalidRequest(
      ...fixed.map((field) => ({
        path: `spec.${field}`,
        message: unchangeable(location.kind, rules),
      })),
    );
  }
};

const applyMetadata = (record: ElementRecord, patch: MetadataPatch): ElementRecord['rw'] => {
  const keys = Object.keys(patch).filter((key) => Object.hasOwn(record.ro, key));
  if (keys.length > 0) throw readOnlyKeys(keys);
  const rw: Record<string, Uint8Array> = { ...record.rw };
  for (const [key, bytes] of Object.entries(patch)) {
    if (bytes === null) delete rw[key];
    else rw[key] = bytes;
  }
  return rw;
};

/** The element after the patch. */
const apply = (
  record: ElementRecord,
  patch: ElementPatch,
  schema: SpecSchema,
  rw: MetadataPatch,
  location: Location,
  caller: Caller,
  at: string,
): ElementRecord => {
  const rules = rulesOf(location);
  const { freeSpace: formerFreeSpace, capacity: _, resizedFrom: __, ...attributes } = record.attributes;
  const free = patch.freeSpace === undefined ? formerFreeSpace : (patch.freeSpace ?? undefined);
  // An element that awaits its data keeps the space reserved for it.
  const isAwaited = attributes.state === 'pending' || attributes.state === 'verifying';
  const ownSize = attributes.unpackedSize ?? (isAwaited ? (attributes.size ?? 0) : 0);
  // A failed element takes no space of its location.
  const space =
    attributes.state === 'failed'
      ? defined({ freeSpace: free })
      : spaceAttributes(rules.hasSpace, record.base, ownSize, free);
  const spec = patch.spec
    ? (validate(schema, mergePatch(record.spec, patch.spec), 'spec') as Spec)
    : record.spec;
  return {
    ...record,
    attributes: {
      ...nextRevision(attributes, at, caller),
      ...space,
    },
    rw: applyMetadata(record, rw),
    ...defined({ spec }),
  };
};

/**
 * The element to change, and its composition if the change depends on it. Throws `not-found`,
 * `revision-mismatch`.
 */
const readExpected = async (
  { elements }: Pick<ElementDependencies, 'elements'>,
  id: ElementId,
  ifMatch: readonly Expected[] | undefined,
): Promise<Pick<Replacement, 'former' | 'composition'>> => {
  const key = formatId(id);
  const isComposed = id.kind === 'executor' && ifMatch?.some((each) => each.composition !== undefined);
  const [former, composition = null] = await Promise.all([
    elements.get(key),
    isComposed ? elements.compositionOf(key) : undefined,
  ]);
  if (!former) throw notFound(id);
  const version = versionOf(former);
  if (ifMatch && !isExpected(ifMatch, version, composition)) throw revisionMismatch(key, version);
  const alone = ifMatch?.filter((each) => each.composition === undefined);
  return !alone || isExpected(alone, version) ? { former } : { former, composition };
};

/**
 * Applies a merge patch (RFC 7396) to `rw`, free space and the changeable fields of the specification. A change
 * of metadata alone is one conditional write. Other changes are computed from the present element, and again if
 * another change comes between. Throws every problem of the specification's Update.
 */
export const updateElement = async (
  deps: Pick<ElementDependencies, 'known' | 'elements' | 'now'>,
  caller: Caller,
  id: ElementId,
  body: unknown,
  ifMatch?: readonly Expected[],
): Promise<ElementRecord> => {
  const patch = validate(elementPatch, body);
  const location = await locate(deps.known, caller.principal, id, 'write');
  assertChangeable(patch, location);
  const { rw = {} } = parseMetadata({ rw: patch.metadata?.rw ?? {} }, location.indexed ?? [], true);
  const at = new Date(deps.now()).toISOString();
  const key = formatId(id);
  const computed = patch.freeSpace !== undefined || Object.keys(patch.spec ?? {}).length > 0;
  const isEmpty = !computed && Object.keys(rw).length === 0;
  const [only] = ifMatch ?? [];
  const isOfElement = ifMatch === undefined || (ifMatch.length === 1 && only?.composition === undefined);
  if (!computed && !isEmpty && isOfElement) {
    return deps.elements.updateMetadata(defined({ id: key, location, patch: rw, caller, at, ifMatch: only }));
  }
  const replace = async (): Promise<ElementRecord> => {
    const found = await readExpected(deps, id, ifMatch);
    if (isEmpty) return found.former;
    const record = apply(found.former, patch, await specSchemaOf(location.kind), rw, location, caller, at);
    await deps.elements.replace({ ...found, record, location, caller });
    return record;
  };
  return ifMatch === undefined ? untilUncontended(replace) : replace();
};
