import { Hono } from 'hono';
import * as z from 'zod/mini';
import { described, optional } from '../../../lib/facts.ts';
import { opaque } from '../../../lib/formats.ts';
import { kinds } from '../../../lib/kind/index.ts';
import { locationName } from '../../../lib/location/location-name.ts';
import type { Caller } from '../../../lib/principal.ts';
import { tellError, toLine } from '../../../lib/telemetry.ts';
import type { Dependencies } from '../../dependencies.ts';
import { later } from '../loading.ts';
import { pageParameters, readQuery } from '../query.ts';
import type { ApiEnvironment, WriteLine } from '../request.ts';

export const eventsQuery = z.strictObject({
  limit: described(pageParameters.limit, 'The maximum number of events on a page.'),
  after: optional(
    opaque,
    'The `after` of the previous page, or `latest` for events from now on. If absent, the page begins with the earliest event that the log has.',
  ),
  kind: optional(
    z.enum([...kinds, 'location']),
    'The kind of the events’ subjects. If absent, events of all kinds.',
  ),
  id: optional(
    z.string().check(z.maxLength(512)),
    'The ID of an element, or the name of a location. The answer has only its events.',
  ),
  location: optional(locationName, 'The name of a location. The answer has only events that name it.'),
});

/** The line of a stream that an error ended: its answer has begun, so the line of its call says nothing of that. */
const brokenLine = ({ requestId, principal }: Caller, error: unknown): string =>
  toLine(
    { level: 'ERROR', message: 'stream', function: 'api', requestId, principal, error: tellError(error) },
    [],
  );

/** How often a stream looks for new events without a change, and how often it sends a sign of life. */
const LOOK_MS = 1_000;
const ALIVE_MS = 15_000;

export const eventRoutes = (deps: Dependencies, log: WriteLine): Hono<ApiEnvironment> => {
  const routes = new Hono<ApiEnvironment>();

  routes.get('/', async (c) => {
    const query = readQuery(c, eventsQuery);
    const { principal } = c.get('caller');
    const wantsStream = c.req.header('accept')?.includes('text/event-stream') === true;
    const { stopping, changes } = c.env ?? {};
    const { encodePlace, eventsAfter, placeOf, readEvents, toEnvelope } = await later();
    if (!wantsStream || !stopping || !changes) return c.json(await readEvents(deps, principal, query));
    // A client that lost its connection sends its place (HTML, server-sent events).
    let place = await placeOf(deps, query, c.req.header('last-event-id'));
    const read = async () => {
      const { count } = changes;
      return { count, ...(await eventsAfter(deps, principal, query, place)) };
    };
    // An error of this read is still a problem, which tells the client whether to come back.
    let page = await read();
    const { streamSSE } = await import('hono/streaming');
    return streamSSE(c, async (stream) => {
      let saidAt = Date.now();
      try {
        while (!stream.aborted && !stopping.aborted) {
          for (const { place: at, event } of page.logged) {
            const data = JSON.stringify(toEnvelope(event));
            await stream.writeSSE({ id: encodePlace(at), event: event.detailType, data });
            saidAt = Date.now();
          }
          if (Date.now() - saidAt > ALIVE_MS) {
            await stream.write(': still here\n\n');
            saidAt = Date.now();
          }
          if (page.logged.length === 0) await changes.after(page.count, LOOK_MS, stopping);
          ({ place } = page);
          page = await read();
        }
      } catch (error) {
        // Not the handler of Hono, which sends the words of the error as an event.
        log(brokenLine(c.get('caller'), error), true);
      }
    });
  });

  return routes;
};
