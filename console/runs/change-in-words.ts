import { calledEvent } from '../../lib/composition/end-in-words.ts';
import { whyOf } from './standing.ts';

/** The details of a change, from an event or from the audit trail. */
export type Told = Parameters<typeof whyOf>[0] & {
  readonly changed?: readonly string[];
  readonly moreChanged?: number;
  readonly outcome?: string;
};

/** The verb already contains it. */
const NOT_STARTED = /^Not started: /;

/** A verb for an event. It says more if the event's own verb says too little. */
export const verbInWords = (verb: string, told: Told): string => {
  const { reason, outcome } = told;
  if (verb === 'Halted')
    return reason === 'run-deadline' ? 'Stopped by the time limit' : 'Stopped: its time is over';
  if (verb === 'Settled') return outcome === 'saved' ? 'Saved' : 'Not saved';
  return calledEvent(verb, told);
};

/** Further details of a change: names of changed fields, and the reason of an end. */
export const changeInWords = (verb: string, change: Told): string => {
  const { changed = [], moreChanged, outcome } = change;
  if (verb === 'Halted') return '';
  if (verb === 'Settled') return outcome === undefined || outcome === 'saved' ? '' : outcome;
  const names = [...changed, ...(moreChanged ? [`${moreChanged} more`] : [])].join(', ');
  const why = whyOf(change)?.replace(NOT_STARTED, '') ?? '';
  return [names, why].filter((part) => part !== '').join('; ');
};
