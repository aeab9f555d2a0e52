import * as z from 'zod/mini';
import { untilUncontended } from '../../contention.ts';
import { defined } from '../../defined.ts';
import { TaskportError } from '../../errors.ts';
import { described, optional } from '../../facts.ts';
import { type Idempotency, type Outcome, once, unwritten } from '../../idempotency.ts';
import { rulesOf } from '../../kind/index.ts';
import type { Caller } from '../../principal.ts';
import { validate } from '../../validation.ts';
import { assertUnattached } from '../attachment.ts';
import type { StoredBlob, UploadedPart } from '../blob-store.ts';
import type { ElementDependencies } from '../dependencies.ts';
import type { ElementRecord } from '../element.ts';
import { wrongSize } from '../element-data.ts';
import { type ElementId, formatId } from '../id.ts';
import { inUse, MAX_LISTED } from '../in-use.ts';
import { locate, notFound } from '../located.ts';
import { assertMayUpload } from './read-upload.ts';
import { requestVerification } from './request-verification.ts';
import { acceptData, isReplacement, refuseUpload, type Uploading } from './settle-upload.ts';
import { awaitsUpload } from './upload.ts';

/** A part as the store has acknowledged it. */
export const uploadedPart = z.strictObject({
  number: described(z.int().check(z.minimum(1), z.maximum(10_000)), 'The number of the part: 1, 2, 3 ….'),
  etag: described(
    z.string().check(z.minLength(1), z.maxLength(256)),
    'The `ETag` that the store answered to the part.',
  ),
});

/** The request that completes an upload: its parts, if the store needs them. */
export const completion = z.strictObject({
  parts: optional(
    z.array(uploadedPart).check(z.minLength(1), z.maxLength(10_000)),
    'The parts that the store acknowledged. Not needed if the store keeps the list itself.',
  ),
});

/**
 * Throws the problem of an element whose data was refused, and `invalid-state` for one that gets its data in
 * another way.
 */
const assertCompleted = async (
  { known, elements }: ElementDependencies,
  { principal }: Caller,
  { attributes: { state, problem, id } }: ElementRecord,
): Promise<void> => {
  if (problem === undefined) {
    if (state === 'ready' || state === 'verifying') return;
    throw new TaskportError(
      'invalid-state',
      `${id} is ${state}, and nothing was uploaded for it: read its \`data/upload\`, and send the data by the requests that this answers`,
      {
        state,
      },
    );
  }
  const { code, detail, ...members } = problem;
  if (code !== 'in-use') throw new TaskportError(code, detail, members);
  const { items } = await elements.references(id, MAX_LISTED + 1);
  const present = await inUse(known, principal, id, items);
  throw new TaskportError(code, detail, present.members);
};

/**
 * The facts of the store about the uploaded bytes, after it has put parts together. Throws `invalid-state` if
 * nothing was uploaded, `data-error` for missing parts.
 */
export const lookAtUpload = async (
  { blobs }: Pick<ElementDependencies, 'blobs'>,
  { attributes: { id, state }, upload: { key, size, multipart } }: Uploading,
  parts: readonly UploadedPart[] | undefined,
): Promise<StoredBlob> => {
  if (multipart) await blobs.completeMultipart(key, multipart, size, parts);
  const found = await blobs.stat(key);
  if (!found)
    throw new TaskportError(
      'invalid-state',
      `nothing was uploaded for ${id}: read its \`data/upload\`, and send the data by the requests that this answers`,
      { state },
    );
  return found;
};

/** Decides as much as possible about the uploaded bytes without reading them. */
const settle = async (
  deps: ElementDependencies,
  caller: Caller,
  id: ElementId,
  former: ElementRecord,
  parts: readonly UploadedPart[] | undefined,
  idempotency: Idempotency | undefined,
): Promise<ElementRecord> => {
  const location = await locate(deps.known, caller.principal, id, isReplacement(former) ? 'write' : 'create');
  if (former.upload?.attachment !== undefined) await assertUnattached(deps, caller.principal, formatId(id));
  if (!awaitsUpload(former)) {
    await assertCompleted(deps, caller, former);
    return unwritten(deps.idempotency, idempotency, former);
  }
  const { key, size, checksum } = former.upload;
  const found = await lookAtUpload(deps, former, parts);
  const settlement = defined({ location, caller, idempotency });
  const refuse = async (problem: TaskportError): Promise<never> => {
    await refuseUpload(deps, former, problem, settlement);
    throw problem;
  };
  if (found.size !== size) {
    return refuse(wrongSize(size, found.size));
  }
  if (deps.blobs.enforces && found.checksum === checksum && rulesOf(location).data === 'any') {
    return acceptData(deps, former, { data: { checksum, size } }, { key, staged: false }, settlement);
  }
  return requestVerification(deps, former, settlement);
};

/**
 * Completes an upload. Data that the store has verified is `ready`; data that has to be read is `verifying`. A
 * repeat answers the present state. Throws `not-found`, `invalid-state` if nothing was uploaded, `data-error`
 * for another size or for missing parts, and the problem of refused data.
 */
export const completeUpload = async (
  deps: ElementDependencies,
  caller: Caller,
  id: ElementId,
  body: unknown,
  idempotency?: Idempotency,
): Promise<Outcome<ElementRecord>> => {
  const { parts } = validate(completion, body);
  const complete = async (used?: Idempotency): Promise<ElementRecord> => {
    await assertMayUpload(deps, caller.principal, id);
    const former = await deps.elements.get(formatId(id));
    if (!former) {
      await locate(deps.known, caller.principal, id, 'create');
      throw notFound(id);
    }
    return settle(deps, caller, id, former, parts, used);
  };
  return once(
    deps.idempotency,
    idempotency,
    () => untilUncontended(() => complete(idempotency)),
    () => untilUncontended(() => complete()),
  );
};
