import type * as z from 'zod/mini';
import type { Change } from './change.ts';
import {
  bound,
  exited,
  halted,
  interrupted,
  joined,
  left,
  savingBegan,
  savingEnded,
  started,
  unbound,
} from './composition-events.ts';
import type { Details } from './details.ts';
import { created, deleted, inherited, modified } from './element-events.ts';
import type { EventEntry, Subject } from './entry.ts';
import { locationCreated, locationDeleted, locationModified } from './location-events.ts';
import { runnerClaimed, runnerFenced, runnerLeft } from './runner-events.ts';
import { sessionBegan, sessionEnded } from './session-events.ts';
import { tagged, untagged } from './tag-events.ts';

/** Every event. To add one, add its entry and a line here. The events of one change have this order. */
export const catalogue = [
  created,
  inherited,
  modified,
  deleted,
  started,
  exited,
  left,
  joined,
  bound,
  halted,
  interrupted,
  unbound,
  savingBegan,
  savingEnded,
  untagged,
  tagged,
  locationCreated,
  locationModified,
  locationDeleted,
  runnerClaimed,
  runnerLeft,
  runnerFenced,
  sessionBegan,
  sessionEnded,
] as const;

/** The names of the events' schemas; one that no event has does not compile. */
type Told<D extends (typeof catalogue)[number]['detail']> = D;
type Detail = z.infer<Details[Told<keyof Details>]>;

type EventOf<E> =
  E extends EventEntry<infer D, infer V, infer S>
    ? {
        /** `Image Created`, `Location Deleted`. */
        readonly detailType: `${Capitalize<S>} ${V}`;
        readonly detail: Readonly<z.infer<Details[D]>>;
      }
    : never;

/** An event in the form in which it goes onto the bus: its type determines its detail. */
export type TaskportEvent = EventOf<(typeof catalogue)[number]>;
/** Every type of event. */
export type DetailType = TaskportEvent['detailType'];

const titleOf = (subject: Subject): string => subject.charAt(0).toUpperCase() + subject.slice(1);

/** The type of an event, in the form that rules of EventBridge match. */
export const detailTypeOf = (subject: Subject, { verb }: Pick<EventEntry, 'verb'>): string =>
  `${titleOf(subject)} ${verb}`;

/** The entry of every type of event. */
export const entries: ReadonlyMap<string, EventEntry> = new Map(
  catalogue.flatMap((entry) =>
    entry.subjects.map((subject): [string, EventEntry] => [
      detailTypeOf(subject, entry),
      entry as unknown as EventEntry,
    ]),
  ),
);

/**
 * The events of a change. They follow from the difference of its two images alone, so that state and events
 * cannot disagree. A change without a new revision (edges, guards, keys, reserved names) has none.
 */
export const eventsOf = (change: Change): TaskportEvent[] =>
  catalogue.flatMap((entry) =>
    (entry.of(change) as Detail[]).map(
      (detail) =>
        ({
          detailType: detailTypeOf('kind' in detail ? detail.kind : (entry.subjects[0] as Subject), entry),
          detail,
        }) as TaskportEvent,
    ),
  );
