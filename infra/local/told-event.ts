import { printable } from '../../cli/details.ts';
import { endInWords, type ToldEnd } from '../../lib/composition/end-in-words.ts';
import type { BridgeEvent } from './bus-entry.ts';

/** The parts of an event's detail that people want to read, beside those of every event. */
interface Told extends ToldEnd {
  readonly id: string;
  readonly at: string;
  readonly composition?: { readonly executorId: string };
  readonly child?: { readonly id: string };
  readonly tag?: { readonly id: string };
  readonly attempt?: number;
  readonly signal?: string;
  readonly changed?: readonly string[];
  readonly outcome?: string;
  readonly runner?: string;
}

/** The width of most event types. */
const TYPE_WIDTH = 17;

/** A line for people: the local time of day, the event, and further details. */
export const toldLine = (at: string | number, what: string, more: readonly string[]): string => {
  const time = new Date(at).toTimeString().slice(0, 8);
  return printable([time, what.padEnd(TYPE_WIDTH), ...more].join('  '));
};

/** An event for people in one line: when, what, of which element, and why. */
export const toldEvent = ({ 'detail-type': type, detail }: BridgeEvent): string => {
  const { id, at, composition, child, tag, attempt, ...told } = detail as unknown as Told;
  const other = composition?.executorId ?? child?.id ?? tag?.id ?? told.runner;
  const more = [
    id,
    other !== undefined && !id.startsWith(other) ? other : '',
    attempt === undefined || attempt === 0 ? '' : `attempt ${attempt}`,
    told.signal ?? '',
    told.changed?.join(', ') ?? '',
    endInWords(told) || (told.outcome ?? ''),
  ].filter((part) => part !== '');
  return toldLine(at, type, more);
};
