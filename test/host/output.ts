import { defined } from '../../lib/defined.ts';

/** Parses the output of the product. */

/** An event in the output, one line each. */
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
  /** The address, once it is printed. */
  readonly url?: string;
  readonly events: readonly PrintedEvent[];
}

/** Parses a line of JSON; npm and the engines print other lines too. */
const parse = (line: string): Record<string, unknown> => {
  try {
    return JSON.parse(line);
  } catch {
    return {};
  }
};

/** Parses the complete lines of an output (`--json`); the last line may still be incomplete. */
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

/** The events in their first order, without repeated deliveries, which have the same event ID. */
export const withoutRepeats = (events: readonly PrintedEvent[]): PrintedEvent[] => {
  const seen = new Set<string>();
  return events.filter(({ detail }) => !seen.has(detail.eventId) && seen.add(detail.eventId));
};
