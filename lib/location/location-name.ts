import * as z from 'zod/mini';
import { LOCATION_NAME } from './location.ts';

/** The name of a location. */
export const locationName = z
  .string()
  .check(z.regex(LOCATION_NAME, 'must be 1 to 63 lower-case letters, digits and inner hyphens'));
