import * as z from 'zod/mini';
import { validate } from '../validation.ts';
import { entries, type TaskportEvent } from './catalogue.ts';
import { details } from './details.ts';
import { recordOf } from './named.ts';
import { EVENT_SOURCE } from './source.ts';

type EnvelopeOf<E> = E extends TaskportEvent
  ? { readonly source: string; readonly 'detail-type': E['detailType']; readonly detail: E['detail'] }
  : never;

/** An event as EventBridge delivers it, with the fields that consumers need. */
export type Envelope = EnvelopeOf<TaskportEvent>;

/**
 * A consumer's progress in one record (an element, a location or a composition): enough to recognise repeats and
 * gaps.
 */
export interface Progress {
  /** The greatest revision that arrived. */
  readonly revision: number;
  /** Lower revisions that did not arrive. */
  readonly missing: readonly number[];
  /** IDs of the last events, by which repeats are dropped. */
  readonly ids: readonly string[];
}

/** Remembers progress between events. A consumer that must survive its own restart keeps it in a store. */
export interface Memory {
  get(record: string): Promise<Progress | undefined>;
  set(record: string, progress: Progress): Promise<void>;
}

/** The place of an event among those of its record. */
export interface Standing {
  /** The record: its ID, and the time when it was created. */
  readonly record: string;
  readonly revision: number;
  /** Whether it arrives after an event with a greater revision, so that its content may be outdated. */
  readonly isLate: boolean;
  /** Revisions that are missing so far, as this event shows; they may come late. */
  readonly gap: readonly number[];
}

export type Handler = (event: TaskportEvent, standing: Standing) => Promise<void> | void;

/** The result of a delivery; `ignored` means an event of another source, or one that this version does not know. */
export type Outcome = 'handled' | 'repeated' | 'ignored';

/** A repeat comes within a day, and one record does not have this many events in a day. */
const MAX_IDS = 200;
/** A consumer that begins late, or missed very many events, gets only this many missing revisions. */
const MAX_MISSING = 1_000;
const MAX_RECORDS = 10_000;

/** A memory of ten thousand records; beyond that, it forgets the one whose last event is the oldest. */
const memoryOfProcess = (): Memory => {
  const known = new Map<string, Progress>();
  return {
    get: async (record) => known.get(record),
    set: async (record, progress) => {
      known.delete(record);
      known.set(record, progress);
      const [first] = known.keys();
      if (known.size > MAX_RECORDS && first !== undefined) known.delete(first);
    },
  };
};

const envelope = z.object({ source: z.string(), 'detail-type': z.string(), detail: z.unknown() });
/** Later versions may add fields: validation covers only the known ones. */
const versionOf = z.object({ schemaVersion: z.number() });

/**
 * The event in an envelope; undefined if this version does not know it. Throws `invalid-request` if it is not
 * valid.
 */
const parse = (delivered: unknown): TaskportEvent | undefined => {
  const { source, 'detail-type': detailType, detail } = validate(envelope, delivered, 'event');
  const entry = entries.get(detailType);
  if (
    source !== EVENT_SOURCE ||
    !entry ||
    validate(versionOf, detail, 'detail').schemaVersion !== entry.version
  )
    return undefined;
  const { shape }: z.ZodMiniObject = details[entry.detail];
  return { detailType, detail: validate(z.object(shape), detail, 'detail') } as TaskportEvent;
};

/** The name under which a consumer keeps its progress with a record. */
const nameOf = ({ sort, id, createdAt }: ReturnType<typeof recordOf>): string =>
  `${sort === undefined ? '' : `${sort} of `}${id} since ${createdAt}`;

const range = (from: number, to: number): number[] =>
  Array.from({ length: Math.max(0, Math.min(to - from, MAX_MISSING)) }, (_, at) => to - 1 - at).reverse();

const advance = (former: Progress | undefined, revision: number, id: string) => {
  const gap = former ? range(former.revision + 1, revision) : [];
  const progress: Progress = {
    revision: Math.max(former?.revision ?? 0, revision),
    missing: [...(former?.missing ?? []), ...gap].filter((each) => each !== revision).slice(-MAX_MISSING),
    ids: [...(former?.ids ?? []), id].slice(-MAX_IDS),
  };
  return { gap, progress };
};

/**
 * Makes a consumer of a handler: it parses deliveries, drops repeats by event ID, and detects late and missing events by
 * revision. If the handler throws, it gets the event again with the next delivery. It gets the events of one record one
 * after another.
 *
 * @example
 * const consumer = consume(async ({ detailType, detail }, { isLate }) => {
 *   if (detailType === 'Task Bound' && !isLate) await start(detail.id);
 * });
 * export const handler = (event: unknown) => consumer(event);
 */
export const consume = (
  handler: Handler,
  { memory = memoryOfProcess() }: { memory?: Memory } = {},
): ((delivered: unknown) => Promise<Outcome>) => {
  const lanes = new Map<string, Promise<unknown>>();
  const handle = async (event: TaskportEvent, record: string, revision: number): Promise<Outcome> => {
    const former = await memory.get(record);
    const { eventId } = event.detail;
    if (former?.ids.includes(eventId)) return 'repeated';
    const { gap, progress } = advance(former, revision, eventId);
    await handler(event, {
      record,
      revision,
      isLate: former !== undefined && revision < former.revision,
      gap,
    });
    await memory.set(record, progress);
    return 'handled';
  };
  return async (delivered) => {
    const event = parse(delivered);
    if (!event) return 'ignored';
    const versioned = recordOf(event);
    const record = nameOf(versioned);
    const turn = (lanes.get(record) ?? Promise.resolve())
      .catch(() => {})
      .then(() => handle(event, record, versioned.revision))
      .finally(() => {
        if (lanes.get(record) === turn) lanes.delete(record);
      });
    lanes.set(record, turn);
    return turn;
  };
};
