import { untilUncontended } from '../../contention.ts';
import { invalidRequest, TaskportError } from '../../errors.ts';
import { rulesOf } from '../../kind/index.ts';
import type { Caller } from '../../principal.ts';
import { layersOf } from '../content.ts';
import type { ElementDependencies } from '../dependencies.ts';
import { type ElementRecord, nextRevision } from '../element.ts';
import type { Inspection } from '../element-data.ts';
import { type ElementId, formatId } from '../id.ts';
import { assertReady, locate } from '../located.ts';
import { withManifest } from '../registry/synthesized.ts';
import { LEASE_MS } from './request-verification.ts';
import { type Settlement, toldProblem } from './settle-upload.ts';

/**
 * The layers below an image, as far as they are known; an image without a parent has none. Throws
 * `invalid-parent`.
 */
const belowOf = async (
  { elements }: Pick<ElementDependencies, 'elements'>,
  { ancestors }: ElementRecord,
): Promise<Pick<ElementRecord, 'below'>> => {
  const [parentId] = ancestors;
  if (parentId === undefined) return {};
  const parent = await elements.get(parentId);
  const below = parent && layersOf(parent);
  if (below) return { below };
  const reason = `the layers of ${parentId} are not known yet: have them read by POST …/data/verify first`;
  throw new TaskportError('invalid-parent', reason, { reason });
};

/** The next revision of an image whose layers are known, without the request to read its data. */
const described = (
  { reading: _, ...former }: ElementRecord,
  known: Pick<ElementRecord, 'layer' | 'below'>,
  caller: Caller,
  now: number,
): ElementRecord => {
  const { problem: __, ...attributes } = nextRevision(former.attributes, new Date(now).toISOString(), caller);
  return withManifest({ ...former, ...known, attributes });
};

/** Whether the digest of an image is known, or cannot be. */
const isDescribed = ({ oci, made, blob, ancestors }: ElementRecord): boolean =>
  oci !== undefined || made !== undefined || (blob === undefined && ancestors.length === 0);

/**
 * Requests the digest of an image from an earlier version, whose data may have to be read for it. Answers the
 * image; it has a `reading` until that is done. Throws `invalid-request` for other kinds, `not-found`,
 * `invalid-location`, `invalid-state`, `invalid-parent` if the layers of its parent are not known.
 */
export const requestDigest = async (
  deps: Pick<ElementDependencies, 'elements' | 'known' | 'now' | 'newId'>,
  caller: Caller,
  id: ElementId,
): Promise<ElementRecord> => {
  const location = await locate(deps.known, caller.principal, id, 'write');
  const rules = rulesOf(location);
  if (rules.data !== 'layer')
    throw invalidRequest({
      path: 'path',
      message: `${rules.called} has no digest: name an image`,
    });
  return untilUncontended(async () => {
    const former = assertReady(await deps.elements.get(formatId(id)), id);
    const now = deps.now();
    if (isDescribed(former)) return former;
    const isRead = former.blob === undefined || former.layers !== undefined || former.layer !== undefined;
    const below = await belowOf(deps, former);
    if (former.reading && former.reading.until > new Date(now).toISOString()) return former;
    const until = new Date(now + LEASE_MS).toISOString();
    const record: ElementRecord = isRead
      ? described(former, below, caller, now)
      : {
          ...former,
          attributes: nextRevision(former.attributes, new Date(now).toISOString(), caller),
          reading: { attempt: deps.newId(), until },
        };
    await deps.elements.replace({ record, former, location, caller });
    return record;
  });
};

/** An image after its own data was read again, with the new facts. */
export const acceptReading = async (
  deps: Pick<ElementDependencies, 'elements' | 'now'>,
  former: ElementRecord,
  { layer }: Inspection,
  { location, caller }: Settlement,
): Promise<void> => {
  const below = await belowOf(deps, former);
  const record = described(former, { ...below, ...(layer ? { layer } : {}) }, caller, deps.now());
  await deps.elements.replace({ record, former, location, caller });
};

/** An image whose own data this version does not accept: it stays as it is, and states why it has no digest. */
export const refuseReading = async (
  deps: Pick<ElementDependencies, 'elements' | 'now'>,
  { reading: _, ...former }: ElementRecord,
  problem: TaskportError,
  { location, caller }: Settlement,
): Promise<void> => {
  const at = new Date(deps.now()).toISOString();
  const attributes = {
    ...nextRevision(former.attributes, at, caller),
    problem: toldProblem(problem),
  };
  await deps.elements.replace({ record: { ...former, attributes }, former, location, caller });
};
