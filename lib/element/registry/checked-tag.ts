import { invalidRequest } from '../../errors.ts';
import { ELEMENT_NAME } from '../id.ts';
import { REPOSITORY, TAG } from './repository.ts';
import type { TagName } from './tag.ts';

/** A repository that a path names. Throws `invalid-request`. */
export const checkRepository = (repository: string): string => {
  if (!REPOSITORY.test(repository)) {
    const message =
      'has a repository of other than lower-case letters and digits, parted by `.`, `_`, `__` or hyphens';
    throw invalidRequest({ path: 'path', message });
  }
  return repository;
};

/** The tag that a path names. Throws `invalid-request`. */
export const checkTag = (location: string, repository: string, name: string): TagName => {
  checkRepository(repository);
  if (!TAG.test(name)) {
    const message = 'has a tag of other than 1 to 128 letters, digits and `_.-`, the first no `.` or `-`';
    throw invalidRequest({ path: 'path', message });
  }
  if (!ELEMENT_NAME.test(`${repository}:${name}`)) {
    throw invalidRequest({ path: 'path', message: 'is longer than 255 characters, repository and tag' });
  }
  return { location, repository, name };
};
