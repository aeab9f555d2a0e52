/** What reads the log of events, in one module: it is loaded by the first call that asks for events or for an audit trail. */
export { encodePlace } from '../../lib/event/log-cursor.ts';
export { readAudit } from '../../lib/event/read-audit.ts';
export { eventsAfter, placeOf, readEvents, toEnvelope } from '../../lib/event/read-events.ts';
