import { printable } from '../../cli/details.ts';
import { endInWords, type ToldEnd } from '../../lib/composition/end-in-words.ts';
import type { BridgeEvent } from './bus-entry.ts';

/** What events say beside what every event says, as far as it is for people. */
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

/** As wide as most types of events are. */
const TYPE_WIDTH = 17;

/** A line for people: the time of day, as clocks on this machine show it, what happened, and more of it. */
export const toldLine = (at: string | number, what: string, more: readonly string[]): string => {
  const time = new Date(at).toTimeString().slice(0, 8);
  return printable([time, what.padEnd(TYPE_WIDTH), ...more].join('  '));
};

/** An event for people, in one line: when, what, of which, and why. */
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
