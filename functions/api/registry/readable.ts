import type { Repository } from '../../../lib/element/registry/repository.ts';
import { permits } from '../../../lib/location/access.ts';
import type { Location } from '../../../lib/location/location.ts';
import type { Principal } from '../../../lib/principal.ts';
import type { Dependencies } from '../../dependencies.ts';
import type { ApiContext } from '../request.ts';
import { RegistryError } from './registry-error.ts';
import { type Asked, readName } from './registry-path.ts';

/** Whether this principal may see the location's images as repositories. */
export const isShownTo = (location: Location, principal: Principal): boolean =>
  location.kind === 'image' && permits(location, principal, 'read');

export const nameUnknown = (name: string | undefined): RegistryError =>
  new RegistryError('NAME_UNKNOWN', 'there is no such repository, or you may not read it', {
    detail: { name },
  });

/**
 * The repository of a call. It reads the grants of its location each time. Throws `NAME_INVALID`, and
 * `NAME_UNKNOWN` if there can be no such repository, if the location is not one of images, and, in the same
 * words, if the caller may not read it.
 */
export const readableRepository = async (
  { known }: Dependencies,
  c: ApiContext,
  { name = '' }: Asked,
): Promise<Repository> => {
  const repository = readName(name);
  const location = repository && (await known.find(repository.location));
  if (!repository || !location || !isShownTo(location, c.get('caller').principal)) throw nameUnknown(name);
  return repository;
};
