import { invalidRequest } from '../../errors.ts';
import { ELEMENT_NAME } from '../id.ts';
import { REPOSITORY, TAG } from './repository.ts';
import type { TagName } from './tag.ts';

const assertFits = (repository: string, tag: string): void => {
  if (!ELEMENT_NAME.test(`${repository}:${tag}`))
    throw invalidRequest({ path: 'path', message: 'must have at most 255 characters in repository and tag' });
};

/** A repository that a path names. Throws `invalid-request`. */
export const checkRepository = (repository: string): string => {
  if (!REPOSITORY.test(repository)) {
    const message =
      'must have a repository of lower-case letters and digits, separated by `.`, `_`, `__` or hyphens';
    throw invalidRequest({ path: 'path', message });
  }
  assertFits(repository, 'x');
  return repository;
};

/** The tag that a path names. Throws `invalid-request`. */
export const checkTag = (location: string, repository: string, name: string): TagName => {
  checkRepository(repository);
  if (!TAG.test(name)) {
    const message = 'must have a tag of 1 to 128 letters, digits and `_.-`, the first no `.` or `-`';
    throw invalidRequest({ path: 'path', message });
  }
  assertFits(repository, name);
  return { location, repository, name };
};
