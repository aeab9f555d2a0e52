/**
 * The operations that few calls need, in one module; the first such call loads it. One module is faster than
 * several, since the bundler splits shared code for each.
 */
export { planComposition } from '../../lib/composition/plan-composition.ts';
export { encodePlace } from '../../lib/event/log-cursor.ts';
export { readAudit } from '../../lib/event/read-audit.ts';
export { eventsAfter, placeOf, readEvents, toEnvelope } from '../../lib/event/read-events.ts';
export {
  createLocation,
  deleteLocation,
  listLocations,
  readLocation,
  updateLocation,
} from '../../lib/location/locations.ts';
export {
  claimRunner,
  fenceRunner,
  leaveRunner,
  listRunners,
  readRunner,
  renewRunner,
} from '../../lib/location/runners.ts';
export { showLocation } from '../../lib/location/shown-location.ts';
export { appendOutput } from '../../lib/output/append-output.ts';
export { readOutput } from '../../lib/output/read-output.ts';
export { answerCredentials, answerRegistry } from './registry/registry.ts';
export * as tagging from './tagging.ts';
