import * as z from 'zod/mini';
import { defined } from '../defined.ts';
import { invalidRequest, TaskportError } from '../errors.ts';
import { described } from '../facts.ts';
import { type Idempotency, type Outcome, once } from '../idempotency.ts';
import { rulesOf } from '../kind/index.ts';
import type { Caller } from '../principal.ts';
import { validate } from '../validation.ts';
import { type Expected, isExpected, revisionMismatch } from '../version.ts';
import { assertUnattached } from './attachment.ts';
import { type Checksum, parseChecksum } from './checksum.ts';
import type { ElementDependencies } from './dependencies.ts';
import { type ElementRecord, nextRevision, versionOf } from './element.ts';
import { dataSize } from './element-request.ts';
import { givenChecksum } from './element-schema.ts';
import { type ElementId, formatId } from './id.ts';
import { inUse, MAX_LISTED } from './in-use.ts';
import { locate, notFound } from './located.ts';
import { UPLOAD_MS, withUpload } from './upload/upload.ts';

/** A request to replace the data of a volume. */
export const replacementRequest = z.strictObject({
  size: described(dataSize, 'The size of the new data in bytes.'),
  checksum: described(
    givenChecksum,
    'The checksum of the new data: `sha256:` or `sha512:` and hexadecimal digits.',
  ),
});

const begin = async (
  deps: ElementDependencies,
  caller: Caller,
  id: ElementId,
  { size, checksum }: { readonly size: number; readonly checksum: Checksum },
  idempotency: Idempotency | undefined,
  ifMatch: readonly Expected[] | undefined,
): Promise<ElementRecord> => {
  const location = await locate(deps.known, caller.principal, id, 'write');
  const rules = rulesOf(location);
  if (!rules.replaceable) {
    throw invalidRequest({
      path: 'path',
      message: `the data of ${rules.called} never changes: create another`,
    });
  }
  const [former, references] = await Promise.all([
    deps.elements.get(formatId(id)),
    deps.elements.references(formatId(id), MAX_LISTED + 1),
  ]);
  if (!former) throw notFound(id);
  if (references.items.length > 0) {
    await assertUnattached(deps, caller.principal, formatId(id));
    throw await inUse(deps.known, caller.principal, formatId(id), references.items);
  }
  const { state } = former.attributes;
  if (state !== 'ready' || former.upload) {
    throw new TaskportError(
      'invalid-state',
      `an upload into ${formatId(id)} is under way already: wait until it is \`ready\``,
      { state },
    );
  }
  // This check is last, so that `If-Match` with a tag that matches nothing tests whether a replacement is
  // possible.
  if (ifMatch && !isExpected(ifMatch, versionOf(former)))
    throw revisionMismatch(formatId(id), versionOf(former));
  const now = deps.now();
  // The problem of an earlier upload does not apply to this one.
  const { problem: _, ...attributes } = former.attributes;
  return withUpload(deps, size, checksum, async (upload) => {
    const record: ElementRecord = {
      ...former,
      attributes: nextRevision(attributes, new Date(now).toISOString(), caller),
      upload,
      dueAt: new Date(now + UPLOAD_MS).toISOString(),
    };
    await deps.elements.replace(defined({ record, former, location, caller, idempotency }));
    return record;
  });
};

/**
 * The replacement that an earlier request with the same key began, in its present state. The answer permits its
 * holder to write, so only a caller who may write gets it.
 */
const readReplacing = async (
  deps: ElementDependencies,
  { principal }: Caller,
  id: ElementId,
): Promise<ElementRecord> => {
  await locate(deps.known, principal, id, 'write');
  const record = await deps.elements.get(formatId(id));
  if (!record) throw notFound(id);
  return record;
};

/**
 * Begins to replace the data of a volume that nothing refers to. The volume stays `ready` with its present data
 * until the new data is verified. Throws `invalid-request` for other kinds, `not-found`, `invalid-location`,
 * `invalid-state` if another upload is under way, `volume-attached`, `in-use`, `revision-mismatch`.
 */
export const beginReplacement = async (
  deps: ElementDependencies,
  caller: Caller,
  id: ElementId,
  body: unknown,
  idempotency?: Idempotency,
  ifMatch?: readonly Expected[],
): Promise<Outcome<ElementRecord>> => {
  const { size, checksum } = validate(replacementRequest, body);
  const request = { size, checksum: parseChecksum(checksum, 'checksum') };
  return once(
    deps.idempotency,
    idempotency,
    () => begin(deps, caller, id, request, idempotency, ifMatch),
    () => readReplacing(deps, caller, id),
  );
};
