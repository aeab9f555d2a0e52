import { TaskportError } from '../errors.ts';
import type { KindRules } from '../kind/kind-rules.ts';
import { assertPermitted } from '../location/access.ts';
import type { Caller } from '../principal.ts';
import { volumeAttached } from './attachment.ts';
import type { ElementDependencies } from './dependencies.ts';
import type { ElementRecord } from './element.ts';
import type { ElementRequest } from './element-request.ts';
import { type ElementId, formatId, SCRATCH } from './id.ts';
import { lackOfLayers } from './lack-of-layers.ts';
import { notReady } from './not-ready.ts';

/** How many ancestors an element may have. */
const MAX_ANCESTORS = 127;

const invalidParent = (reason: string): TaskportError =>
  new TaskportError('invalid-parent', reason, { reason });

/**
 * Throws if an element cannot be a parent regardless of its state: because of its kind, or because the caller
 * may not read it.
 */
export const assertParent = async (
  deps: ElementDependencies,
  caller: Caller,
  request: ElementRequest,
  rules: KindRules,
): Promise<void> => {
  if (request.scratch && !rules.fromScratch)
    throw invalidParent(
      `${rules.called} cannot begin at ${SCRATCH}, only images can: leave \`parentId\` out`,
    );
  const { parent } = request;
  if (!parent) return;
  if (!rules.parents.includes(parent.kind)) {
    throw invalidParent(
      rules.parents.length === 0
        ? `${rules.called} has no parent: leave \`parentId\` out`
        : `${rules.called} cannot have the parent ${formatId(parent)}: name one of kind ${rules.parents.join(' or ')}`,
    );
  }
  const location = await deps.known.find(parent.location);
  if (!location || location.kind !== parent.kind) throw unknownParent(parent);
  assertPermitted(location, caller.principal, 'read', 'the parent');
  if (location.type === 'nfs') {
    throw invalidParent(
      `${formatId(parent)} is in an \`nfs\` location, whose volumes have no children: name a volume of another location`,
    );
  }
};

export const unknownParent = (parent: ElementId): TaskportError =>
  new TaskportError(
    'unknown-parent',
    `there is no ${formatId(parent)}: create the parent first, or name another`,
    { parentId: formatId(parent) },
  );

/**
 * Throws `unknown-parent`, `volume-attached` for a parent to which an executor writes, or `invalid-parent` for
 * one in the wrong state.
 */
export const usableParent = (parent: ElementRecord | undefined, id: ElementId): ElementRecord => {
  if (!parent) throw unknownParent(id);
  if (parent.attributes.state !== 'ready') throw invalidParent(notReady(id, parent.attributes.state));
  const lack = lackOfLayers(parent);
  if (lack !== undefined) throw invalidParent(lack);
  if (parent.heldBy !== undefined)
    throw invalidParent(
      `${formatId(id)} is joined to an executor without \`persistent\`, and is deleted when it leaves: name another parent`,
    );
  if (parent.attachment) throw volumeAttached(formatId(id), parent.attachment);
  if (parent.ancestors.length >= MAX_ANCESTORS)
    throw invalidParent(
      `${formatId(id)} has ${MAX_ANCESTORS} ancestors, which is the most: name a parent with fewer`,
    );
  return parent;
};
