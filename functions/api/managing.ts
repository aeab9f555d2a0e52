/** What manages locations and tags, in one module: it is loaded by the first call that asks for one, or changes one. */
export { location as schema } from '../../lib/location/location-schema.ts';
export {
  createLocation,
  deleteLocation,
  listLocations,
  readLocation,
  updateLocation,
} from '../../lib/location/locations.ts';
export * as tagging from './tagging.ts';
