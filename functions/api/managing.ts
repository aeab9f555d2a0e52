/** What manages locations and tags, in one module: it is loaded by the first call that asks for one, or changes one. */
export {
  createLocation,
  deleteLocation,
  listLocations,
  readLocation,
  updateLocation,
} from '../../lib/location/locations.ts';
export { showLocation } from '../../lib/location/shown-location.ts';
export * as tagging from './tagging.ts';
