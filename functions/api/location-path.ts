import { locationName } from '../../lib/location/location-name.ts';
import { validate } from '../../lib/validation.ts';
import type { ApiContext } from './request.ts';

/** The location in the path. Throws `invalid-request` if it cannot be one. */
export const readLocationName = (c: ApiContext): string =>
  validate(locationName, c.req.param('location'), 'path');
