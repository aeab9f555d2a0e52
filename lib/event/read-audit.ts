import { decodeCursor, encodeCursor } from '../cursor.ts';
import type { ElementDependencies } from '../element/dependencies.ts';
import { type ElementId, formatId } from '../element/id.ts';
import { locate, notFound } from '../element/located.ts';
import type { PageJson } from '../element/page.ts';
import type { Principal } from '../principal.ts';
import type { TaskportEvent } from './catalogue.ts';
import { type EventDependencies, readableBy } from './read-events.ts';

/** Who did what, when; names of what changed, never values. */
export interface AuditEntry {
  readonly eventId: string;
  /** `Created`, `Modified`, `Bound`. */
  readonly action: string;
  readonly at: string;
  readonly actor: string;
  /** The element that it happened to, where that is a member of the executor whose trail this is. */
  readonly id?: string;
  readonly createdAt?: string;
  readonly revision?: number;
  readonly changed?: readonly string[];
  readonly moreChanged?: number;
  readonly [detail: string]: unknown;
}

const PLACE = /^\d{40}#\S{1,400}$/;

const toEntry = ({ detailType, detail }: TaskportEvent, of: string): AuditEntry => {
  const { eventId, at, actor, id, schemaVersion: _, ...rest } = detail;
  const { kind: __, location: ___, ...told } = rest as Record<string, unknown>;
  const action = detailType.slice(detailType.indexOf(' ') + 1);
  return { eventId, action, at, actor, ...(id === of ? {} : { id }), ...told };
};

/**
 * A page of what happened to an element, the earliest first; it is kept when the element is gone. What names another that
 * the caller may not read is only counted. Lags writes by moments.
 * Throws `unknown-location`, `permission-denied`, and `not-found` where there never was one.
 */
export const readAudit = async (
  deps: EventDependencies & Pick<ElementDependencies, 'elements'>,
  principal: Principal,
  id: ElementId,
  { limit, cursor }: { readonly limit: number; readonly cursor?: string },
): Promise<PageJson<AuditEntry>> => {
  const key = formatId(id);
  const query = ['audit', key];
  const after = decodeCursor(query, cursor, (place) => PLACE.test(place));
  await locate(deps.known, principal, id, 'read');
  const { items, next } = await deps.log.of(key, limit, after);
  if (items.length === 0 && after === undefined && !(await deps.elements.get(key))) throw notFound(id);
  const readable = await Promise.all(items.map(readableBy(deps.known, principal)));
  const hidden = readable.filter((isShown) => !isShown).length;
  return {
    items: items.filter((_, at) => readable[at]).map((event) => toEntry(event, key)),
    ...(hidden > 0 ? { hidden } : {}),
    ...(next === undefined ? {} : { cursor: encodeCursor(query, next) }),
  };
};
