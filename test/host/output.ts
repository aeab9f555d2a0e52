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

/** A line of JSON; npm and engines print others. */
const parse = (line: string): Record<string, unknown> => {
  try {
    return JSON.parse(line);
  } catch {
    return {};
  }
};

/** Reads the whole lines of an output (`--json`): a last one without its end is still being written. */
export const parseOutput = (text: string): Output => {
  const lines = text.split('\n').slice(0, -1).map(parse);
  const url = lines.find((line) => line.listening)?.listening as string | undefined;
  const events = lines.flatMap(({ 'detail-type': type, detail }): PrintedEvent[] => {
    if (!type) return [];
    const told = detail as PrintedEvent['detail'] & { readonly id: string };
    return [{ type: String(type), id: told.id, detail: told }];
  });
  return defined({ url, events });
};

/** Events without repeats, in the order they first came: one that is delivered again carries the same event id. */
export const withoutRepeats = (events: readonly PrintedEvent[]): PrintedEvent[] => {
  const seen = new Set<string>();
  return events.filter(({ detail }) => !seen.has(detail.eventId) && seen.add(detail.eventId));
};
