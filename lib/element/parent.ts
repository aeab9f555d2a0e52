import { TaskportError } from '../errors.ts';
import type { KindRules } from '../kind/kind-rules.ts';
import { permits } from '../location/access.ts';
import type { Caller } from '../principal.ts';
import { volumeAttached } from './attachment.ts';
import type { ElementDependencies } from './dependencies.ts';
import type { ElementRecord } from './element.ts';
import type { ElementRequest } from './element-request.ts';
import { type ElementId, formatId, SCRATCH } from './id.ts';
import { lackOfLayers } from './lack-of-layers.ts';

/** How many ancestors an element may have. */
const MAX_ANCESTORS = 127;

const invalidParent = (reason: string): TaskportError =>
  new TaskportError('invalid-parent', reason, { reason });

/** Throws for what is wrong with a parent whatever its state: its kind, or that the caller may not see it. */
export const assertParent = async (
  deps: ElementDependencies,
  caller: Caller,
  request: ElementRequest,
  rules: KindRules,
): Promise<void> => {
  if (request.scratch && !rules.fromScratch) throw invalidParent(`${SCRATCH} is the parent of images only`);
  const { parent } = request;
  if (!parent) return;
  if (!rules.parents.includes(parent.kind)) {
    throw invalidParent(
      rules.parents.length === 0
        ? `${rules.called} has no parent`
        : `the parent of ${rules.called} is of kind ${rules.parents.join(' or ')}, not ${parent.kind}`,
    );
  }
  const location = await deps.known.find(parent.location);
  if (!location || location.kind !== parent.kind) throw unknownParent(parent);
  if (!permits(location, caller.principal, 'read')) {
    throw new TaskportError('permission-denied', `no grant of ${location.name} lets you read the parent`, {
      action: 'read',
    });
  }
  if (location.type === 'nfs') {
    throw invalidParent(`nobody copies the bytes of a volume in an nfs location: it has no children`);
  }
};

const unknownParent = (parent: ElementId): TaskportError =>
  new TaskportError('unknown-parent', `there is no ${formatId(parent)}`, { parentId: formatId(parent) });

/** Throws `unknown-parent`, `volume-attached` for one that is written to, or `invalid-parent` for one that cannot be used as it is. */
export const usableParent = (parent: ElementRecord | undefined, id: ElementId): ElementRecord => {
  if (!parent) throw unknownParent(id);
  if (parent.attributes.state !== 'ready')
    throw invalidParent(`${formatId(id)} is ${parent.attributes.state}, not ready`);
  const lack = lackOfLayers(parent);
  if (lack !== undefined) throw invalidParent(lack);
  if (parent.heldBy !== undefined)
    throw invalidParent(`${formatId(id)} is held by an executor alone, and goes with it`);
  if (parent.attachment) throw volumeAttached(formatId(id), parent.attachment);
  if (parent.ancestors.length >= MAX_ANCESTORS)
    throw invalidParent(`an element has at most ${MAX_ANCESTORS} ancestors`);
  return parent;
};
