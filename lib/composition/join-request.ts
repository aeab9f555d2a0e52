import * as z from 'zod/mini';
import { defined } from '../defined.ts';
import { plainObject } from '../element/element-request.ts';
import { type ElementId, parseId } from '../element/id.ts';
import { elementId } from '../element/id-schema.ts';
import { invalidRequest } from '../errors.ts';
import { described, optional } from '../facts.ts';
import { validate } from '../validation.ts';
import type { MemberKind, Mount } from './composition.ts';
import { mountRequest, toMount } from './mount.ts';

/** What a task is to do otherwise this time: a merge patch of its specification. */
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
    'What a task is to do otherwise this time: a merge patch of its specification.',
  ),
});

export interface JoinRequest {
  readonly id: ElementId & { readonly kind: MemberKind };
  readonly mount?: Mount;
  readonly overrides?: Record<string, unknown>;
}

export const isStorageKind = (kind: string): boolean => kind === 'image' || kind === 'volume';

/** Throws `invalid-request` where it is none. */
export const parseJoin = (body: unknown): JoinRequest => {
  const { id: text, mount, overrides } = validate(joinRequest, body);
  const id = parseId(text, 'id');
  const { kind } = id;
  if (kind === 'executor')
    throw invalidRequest({ path: 'id', message: 'is an executor; those are joined to' });
  if (isStorageKind(kind) && !mount) {
    throw invalidRequest({ path: 'mount', message: `says where the ${kind} is to appear, and is missing` });
  }
  if (!isStorageKind(kind) && mount) {
    throw invalidRequest({ path: 'mount', message: `is for images and volumes, not for a ${kind}` });
  }
  if (kind !== 'task' && overrides) {
    throw invalidRequest({ path: 'overrides', message: `are for tasks, not for a ${kind}` });
  }
  if (kind === 'image' && mount?.persistent === false) {
    throw invalidRequest({ path: 'mount.persistent', message: 'is for volumes; an image always stays' });
  }
  return { id: { ...id, kind }, ...defined({ mount: mount && toMount(mount), overrides }) };
};
