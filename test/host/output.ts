import { defined } from '../../lib/defined.ts';

/** What the product prints, read back. */

/** An event as the product prints it, one line each. */
export interface PrintedEvent {
  readonly type: string;
  readonly id: string;
  readonly detail: {
    readonly eventId: string;
    readonly revision?: number;
    readonly child?: { readonly id: string; readonly revision: number };
    readonly [member: string]: unknown;
  };
}

export interface Output {
  /** Where it listens, once it said so. */
  readonly url?: string;
  readonly events: readonly PrintedEvent[];
}

const LISTENING = 'listening on ';
const EVENT = /^event {2}(\S.*?) {2}(\S+) {2}(\{.*\})$/;

/** Reads the whole lines of an output: a last one without its end is still being written. */
export const parseOutput = (text: string): Output => {
  const lines = text.split('\n').slice(0, -1);
  const url = lines.find((line) => line.startsWith(LISTENING))?.slice(LISTENING.length);
  const events = lines.flatMap((line): PrintedEvent[] => {
    const [, type, id, detail] = EVENT.exec(line) ?? [];
    return type && id && detail ? [{ type, id, detail: JSON.parse(detail) }] : [];
  });
  return defined({ url, events });
};

/** Events without repeats, in the order they first came: one that is delivered again carries the same event id. */
export const withoutRepeats = (events: readonly PrintedEvent[]): PrintedEvent[] => {
  const seen = new Set<string>();
  return events.filter(({ detail }) => !seen.has(detail.eventId) && seen.add(detail.eventId));
};
