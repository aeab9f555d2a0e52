import * as z from 'zod/mini';
import { defined } from '../defined.ts';
import { givenSpec, plainObject } from '../element/element-request.ts';
import { ELEMENT_NAME, type ElementId, formatId, parseId } from '../element/id.ts';
import { elementId, storageId } from '../element/id-schema.ts';
import { inlineTask } from '../element/member-id.ts';
import { invalidRequest } from '../errors.ts';
import { described, optional } from '../facts.ts';
import { isObject } from '../is-object.ts';
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

/**
 * Overrides of a task: a merge patch of its specification. Variables are merged by name, and `null` as a value
 * removes one.
 */
export const givenOverrides = plainObject();

const elementJoin = z.strictObject({
  id: described(elementId, 'The ID of an image, a volume, a log or a task.'),
  mount: optional(
    mountRequest,
    'The mount of the storage in the container. Required for images and volumes; other kinds have none.',
  ),
  overrides: optional(
    givenOverrides,
    'Overrides of a task in this composition: a merge patch of its specification. Variables are merged by name. A variable whose value is `null` is removed.',
  ),
});

const inlineJoin = z.strictObject({
  task: described(
    z.strictObject({
      name: described(z.string(), {
        description:
          'The name of the task on the executor. The ID of the task is `<executorId>/tasks/<name>`.',
        pattern: ELEMENT_NAME.source,
      }),
      spec: optional(givenSpec, 'The specification of the task.'),
    }),
    'An inline task, which belongs to the composition and is no element.',
  ),
  storageId: optional(
    storageId,
    'The image or volume with which the task is associated: a member of the composition. The absolute paths of the task are below the mount of this storage. The task can be bound only if the storage is bound.',
  ),
});

/** The member that joins: an element, or an inline task. */
export const joinRequest = z.union([elementJoin, inlineJoin]);

/** The place of a member in the request, such as `members[0]`; empty if the request is one member. */
interface Said {
  readonly at: string;
}
export interface ElementJoin extends Said {
  readonly id: ElementId & { readonly kind: MemberKind };
  readonly mount?: Mount;
  readonly overrides?: Record<string, unknown>;
}
export interface InlineJoin extends Said {
  readonly id: ElementId & { readonly kind: 'task' };
  readonly spec: Record<string, unknown>;
  /** The ID of an element or of a tag, as the caller gave it. */
  readonly storageId?: string;
}
export type JoinRequest = ElementJoin | InlineJoin;

const isMember = (id: ElementId): id is ElementJoin['id'] => rules[id.kind].joins !== 'never';

/** The path of a field below `at`. */
export const fieldUnder = (at: string, path: string): string => (at === '' ? path : `${at}.${path}`);

const parseElement = (body: unknown, at: string): ElementJoin => {
  const { id: text, mount, overrides } = validate(elementJoin, body, at);
  const id = parseId(text, fieldUnder(at, 'id'));
  const { called, joins, keepsWrites } = rules[id.kind];
  const refused = (path: string, message: string) => invalidRequest({ path: fieldUnder(at, path), message });
  if (!isMember(id)) throw refused('id', `is ${called}: only ${pluralOf(memberKinds)} join`);
  if (joins === 'mounted' && !mount)
    throw refused('mount', `is missing: name the path at which the container has the ${id.kind}`);
  if (joins !== 'mounted' && mount)
    throw refused('mount', `is for ${pluralOf(storageKinds)}, not for ${called}`);
  if (joins !== 'run' && overrides)
    throw refused('overrides', `are for ${pluralOf(runKinds)}, not for ${called}`);
  if (!keepsWrites && mount?.persistent === false) {
    const kept = pluralOf(kindsThat('keepsWrites', true));
    throw refused('mount.persistent', `is for ${kept}; ${called} always stays`);
  }
  if (mount?.save !== undefined && !(keepsWrites && mount.persistent && !mount.readOnly)) {
    const kept = pluralOf(kindsThat('keepsWrites', true));
    throw refused(
      'mount.save',
      `is for ${kept} that persist and are mounted for writing: nothing else is saved`,
    );
  }
  return { id, at, ...defined({ mount: mount && toMount(mount), overrides }) };
};

const parseInline = (body: unknown, executor: ElementId, at: string): InlineJoin => {
  const { task, storageId: of } = validate(inlineJoin, body, at);
  const id = inlineTask(executor, task.name, fieldUnder(at, 'task.name')) as InlineJoin['id'];
  const storage = of === undefined ? undefined : parseId(of, fieldUnder(at, 'storageId'));
  if (storage && rules[storage.kind].joins !== 'mounted') {
    const message = `is ${rules[storage.kind].called}: only ${pluralOf(storageKinds)} bring tasks with them`;
    throw invalidRequest({ path: fieldUnder(at, 'storageId'), message });
  }
  return { id, at, spec: task.spec ?? {}, ...defined({ storageId: storage && formatId(storage) }) };
};

/** Throws `invalid-request` if the body is no join. */
export const parseJoin = (body: unknown, executor: ElementId, at = ''): JoinRequest =>
  isObject(body) && 'task' in body ? parseInline(body, executor, at) : parseElement(body, at);
