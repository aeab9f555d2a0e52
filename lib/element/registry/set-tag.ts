import { untilUncontended } from '../../contention.ts';
import { invalidRequest, TaskportError } from '../../errors.ts';
import { assertPermitted, assertWritable } from '../../location/access.ts';
import type { Location } from '../../location/location.ts';
import type { Caller } from '../../principal.ts';
import { validate } from '../../validation.ts';
import { type Expected, isExpected, revisionMismatch } from '../../version.ts';
import type { ElementDependencies } from '../dependencies.ts';
import { nextRevision } from '../element.ts';
import { formatId, parseId } from '../id.ts';
import { assertReady, locate } from '../located.ts';
import { throughTag } from './meant-element.ts';
import { imagesOf } from './remove-tag.ts';
import { formatTag, type TagName, type TagRecord, versionOf } from './tag.ts';
import { tagRequest } from './tag-schema.ts';

/** The state that a tag must have before it is set: one of these versions, any, or absent. */
export type TagCondition = readonly Expected[] | 'present' | 'absent';

const assertExpected = (id: string, former: TagRecord | undefined, condition: TagCondition | undefined) => {
  if (condition === undefined) return;
  if (condition === 'absent') {
    if (!former) return;
    const detail = `the tag ${id} exists, and names ${former.attributes.id}: leave \`If-None-Match\` out to move it`;
    throw new TaskportError('revision-mismatch', detail, { revision: former.attributes.revision });
  }
  if (!former)
    throw new TaskportError(
      'revision-mismatch',
      `there is no tag ${id} that could be moved: leave \`If-Match\` out to create it`,
    );
  if (condition !== 'present' && !isExpected(condition, versionOf(former)))
    throw revisionMismatch(id, versionOf(former));
};

const assertMay = (location: Location, caller: Caller, action: 'create' | 'write'): void => {
  assertPermitted(location, caller.principal, action);
  assertWritable(location, action);
};

/** The tag, and whether it is new. */
export interface TagSet {
  readonly record: TagRecord;
  readonly isNew: boolean;
}

/**
 * Makes a tag name an image of its location; an image that it named before stays. It takes the permission to
 * `read` there, and to `create` a new tag or to `write` an existing one. Throws `not-found` if there is no such
 * image, `invalid-state` if it is not ready, `name-collision` if an element has the name, `revision-mismatch`,
 * and every problem of the location.
 */
export const setTag = async (
  deps: Pick<ElementDependencies, 'known' | 'tags' | 'now' | 'newId'>,
  caller: Caller,
  name: TagName,
  body: unknown,
  condition?: TagCondition,
): Promise<TagSet> => {
  const image = parseId(validate(tagRequest, body).id, 'id');
  const location = await locate(deps.known, caller.principal, imagesOf(name.location), 'read');
  if (image.kind !== 'image' || image.location !== name.location) {
    const message = `is of another location: name an image of ${name.location}`;
    throw invalidRequest({ path: 'id', message });
  }
  const tag = formatTag(name);
  return throughTag(deps.tags, image, (imageId) =>
    untilUncontended(async () => {
      let set: TagSet | undefined;
      await deps.tags.set(tag, formatId(imageId), (former, found, reference) => {
        assertExpected(tag, former, condition);
        assertMay(location, caller, former ? 'write' : 'create');
        const { id } = assertReady(found, imageId).attributes;
        if (former?.attributes.id === id) {
          set = { record: former, isNew: false };
          return undefined;
        }
        // Never before the location was created, even if clocks differ: the time decides to which location of
        // this name the tag belongs.
        const at = new Date(Math.max(deps.now(), Date.parse(location.createdAt))).toISOString();
        const attributes = former
          ? nextRevision({ ...former.attributes, id }, at, caller)
          : {
              tag,
              id,
              ...name,
              revision: 1,
              createdAt: at,
              createdBy: caller.principal,
              modifiedAt: at,
              modifiedBy: caller.principal,
            };
        const record = { attributes, life: former?.life ?? deps.newId(), reference };
        set = { record, isNew: !former };
        return record;
      });
      return set as unknown as TagSet;
    }),
  );
};
