import * as z from 'zod/mini';
import { defined } from '../defined.ts';
import { plainObject } from '../element/element-request.ts';
import { type ElementId, parseId } from '../element/id.ts';
import { elementId } from '../element/id-schema.ts';
import { invalidRequest } from '../errors.ts';
import { described, optional } from '../facts.ts';
import {
  kindsThat,
  type MemberKind,
  memberKinds,
  pluralOf,
  rules,
  runKinds,
  storageKinds,
} from '../kind/index.ts';
import { validate } from '../validation.ts';
import type { Mount } from './composition.ts';
import { mountRequest, toMount } from './mount.ts';

/** What a task is to do otherwise this time: a merge patch of its specification, in which variables are merged by name, and one whose value is `null` is taken away. */
export const givenOverrides = plainObject();

/** What is to join. */
export const joinRequest = z.strictObject({
  id: described(elementId, 'The ID of an image, a volume, a log or a task.'),
  mount: optional(
    mountRequest,
    'Where storage is to appear; required for images and volumes, and only there.',
  ),
  overrides: optional(
    givenOverrides,
    'What a task is to do otherwise this time: a merge patch of its specification, in which variables are merged by name, and one whose value is `null` is taken away.',
  ),
});

export interface JoinRequest {
  readonly id: ElementId & { readonly kind: MemberKind };
  readonly mount?: Mount;
  readonly overrides?: Record<string, unknown>;
}

const isMember = (id: ElementId): id is JoinRequest['id'] => rules[id.kind].joins !== 'never';

/** Throws `invalid-request` where it is none. */
export const parseJoin = (body: unknown): JoinRequest => {
  const { id: text, mount, overrides } = validate(joinRequest, body);
  const id = parseId(text, 'id');
  const { called, joins, keepsWrites } = rules[id.kind];
  if (!isMember(id))
    throw invalidRequest({ path: 'id', message: `is ${called}; what joins are ${pluralOf(memberKinds)}` });
  if (joins === 'mounted' && !mount) {
    const message = `says where the ${id.kind} is to appear, and is missing`;
    throw invalidRequest({ path: 'mount', message });
  }
  if (joins !== 'mounted' && mount) {
    throw invalidRequest({ path: 'mount', message: `is for ${pluralOf(storageKinds)}, not for ${called}` });
  }
  if (joins !== 'run' && overrides) {
    throw invalidRequest({ path: 'overrides', message: `are for ${pluralOf(runKinds)}, not for ${called}` });
  }
  if (!keepsWrites && mount?.persistent === false) {
    const message = `is for ${pluralOf(kindsThat('keepsWrites', true))}; ${called} always stays`;
    throw invalidRequest({ path: 'mount.persistent', message });
  }
  if (mount?.save !== undefined && !(keepsWrites && mount.persistent && !mount.readOnly)) {
    const message = `is for ${pluralOf(kindsThat('keepsWrites', true))} that persist and are mounted for writing: nothing else is saved`;
    throw invalidRequest({ path: 'mount.save', message });
  }
  return { id, ...defined({ mount: mount && toMount(mount), overrides }) };
};
