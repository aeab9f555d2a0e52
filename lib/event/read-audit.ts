import { decodeCursor, encodeCursor } from '../cursor.ts';
import { defined } from '../defined.ts';
import type { ElementDependencies } from '../element/dependencies.ts';
import { type ElementId, formatId } from '../element/id.ts';
import { locate, notFound } from '../element/located.ts';
import type { PageJson } from '../element/page.ts';
import { throughTag } from '../element/registry/meant-element.ts';
import { tagMeant } from '../element/registry/tag.ts';
import { isProblem } from '../errors.ts';
import { permits } from '../location/access.ts';
import type { Page } from '../page.ts';
import type { Principal } from '../principal.ts';
import type { AuditEntry } from './audit-entry.ts';
import type { TaskportEvent } from './catalogue.ts';
import type { EventDependencies } from './read-events.ts';
import { type Sight, sightsOf } from './sight.ts';

/** A change, and the ID of an event, which contains the ID of a member: with long names over 600 characters. */
const PLACE = /^\d{40}#[!-~]{1,900}$/;

const toEntry = ({ detailType, detail }: TaskportEvent, of: string): AuditEntry => {
  const { eventId, at, actor, id, schemaVersion: _, ...rest } = detail;
  const { kind: __, location: ___, ...told } = rest as Record<string, unknown>;
  const action = detailType.slice(detailType.indexOf(' ') + 1);
  return { eventId, action, at, actor, ...defined({ id: id === of ? undefined : id }), ...told };
};

/**
 * The number of entries that are read together, and the number of such reads for one page while the caller may
 * read none of the entries.
 */
const LOOKED_AT_TOGETHER = 100;
const MAX_LOOKS = 10;

/** Whether the caller could read in an earlier location of this name. */
const mayReadPast = async (
  { known }: EventDependencies,
  principal: Principal,
  { kind, location }: ElementId,
): Promise<boolean> => {
  for await (const past of known.past(location)) {
    if (past.kind === kind && permits(past, principal, 'read')) return true;
  }
  return false;
};

const isRefusal = (error: unknown): boolean => isProblem(error, 'unknown-location', 'permission-denied');

interface Seen {
  readonly page: Page<TaskportEvent>;
  readonly sights: readonly Sight[];
}

/**
 * A page of a trail with entries to show or count, if there are any. It skips entries of an earlier element of
 * the name in a location that the caller could not read, and does not count them.
 */
const look = async (
  { log, known }: EventDependencies,
  principal: Principal,
  key: string,
  { limit, after }: { readonly limit: number; readonly after: string | undefined },
): Promise<Seen> => {
  const read = async (most: number, from: string | undefined): Promise<Seen> => {
    const page = await log.of(key, most, from);
    const sightOf = sightsOf(known, principal, { id: key });
    const sights: Sight[] = [];
    for (const event of page.items) sights.push(await sightOf(event));
    return { page, sights };
  };
  const isForeign = (sight: Sight): boolean => sight === 'foreign';
  let seen = await read(limit, after);
  let from = after;
  for (let looks = 0; seen.sights.every(isForeign) && seen.page.next !== undefined; looks += 1) {
    if (looks === MAX_LOOKS) return seen;
    from = seen.page.next;
    seen = await read(Math.max(limit, LOOKED_AT_TOGETHER), from);
  }
  // As many of the entries that were read together as the page needs, from the caller's first one on.
  const foreign = seen.sights.findIndex((sight) => !isForeign(sight));
  if (seen.page.items.length <= limit || foreign < 0) return seen;
  if (foreign > 0) from = (await log.of(key, foreign, from)).next;
  return read(limit, from);
};

/**
 * A page of the audit trail of an element, the earliest entry first. It is kept after the delete of the element
 * and of its location, for callers who could read there. Entries that name another element which the caller may
 * not read are only counted. Lags writes by moments. Throws `unknown-location`, `permission-denied`, and
 * `not-found` if there never was such an element.
 */
export const readAudit = async (
  deps: AuditDependencies,
  principal: Principal,
  id: ElementId,
  { limit, cursor }: { readonly limit: number; readonly cursor?: string },
): Promise<PageJson<AuditEntry>> => {
  const query = ['audit', formatId(id)];
  const after = decodeCursor(query, cursor, (place) => PLACE.test(place));
  const { next, ...page } = await throughTag(deps.tags, id, (meant) =>
    readTrail(deps, principal, meant, { limit, after }),
  );
  return defined({ ...page, cursor: next === undefined ? undefined : encodeCursor(query, next) });
};

type AuditDependencies = EventDependencies & Pick<ElementDependencies, 'elements' | 'tags'>;

const readTrail = async (
  deps: AuditDependencies,
  principal: Principal,
  id: ElementId,
  { limit, after }: { readonly limit: number; readonly after: string | undefined },
): Promise<Omit<PageJson<AuditEntry>, 'cursor'> & { readonly next?: string }> => {
  const key = formatId(id);
  const refusal = await locate(deps.known, principal, id, 'read').then(
    () => undefined,
    (error: unknown) => error,
  );
  if (refusal && !(isRefusal(refusal) && (await mayReadPast(deps, principal, id)))) throw refusal;
  const { page, sights } = await look(deps, principal, key, { limit, after });
  const items = page.items.filter((_, at) => sights[at] === 'shown');
  const hidden = sights.filter((sight) => sight === 'hidden').length;
  // A tag has no trail of its own, whichever page of its image's trail the caller asks for.
  const isFirst = after === undefined || tagMeant(id) !== undefined;
  const isNone = items.length + hidden === 0 && isFirst && page.next === undefined;
  if (isNone && refusal) throw refusal;
  if (isNone && !(await deps.elements.get(key))) throw notFound(id);
  return defined({
    items: items.map((event) => toEntry(event, key)),
    hidden: hidden > 0 ? hidden : undefined,
    next: page.next,
  });
};
