import { calledEvent } from '../../lib/composition/end-in-words.ts';
import { whyOf } from './standing.ts';

/** What is told of a change, by an event or by the trail. */
export type Told = Parameters<typeof whyOf>[0] & {
  readonly changed?: readonly string[];
  readonly moreChanged?: number;
  readonly outcome?: string;
};

/** The verb says it already. */
const NOT_STARTED = /^Not started: /;

const OUTCOMES: Readonly<Record<string, string>> = { saved: 'Saved', unchanged: 'Nothing to save' };

/** What an event is called here: what happened, where its verb says less. */
export const verbInWords = (verb: string, told: Told): string => {
  const { reason, outcome } = told;
  if (verb === 'Halted')
    return reason === 'run-deadline' ? 'Stopped by the time limit' : 'Stopped: its time is over';
  if (verb === 'Settled') return OUTCOMES[outcome ?? ''] ?? 'Not saved';
  return calledEvent(verb, told);
};

/** What a runner reports. */
const REPORTED = new Set(['Started', 'Exited']);

/** Who did it: the service and the runner by what they are, and all others by their name in grants. */
export const actorInWords = (verb: string, actor: string): string => {
  if (actor.startsWith('taskport:')) return 'Taskport';
  return REPORTED.has(verb) ? 'the runner' : actor;
};

/** What else a change says: names of what changed, and why something ended. */
export const changeInWords = (verb: string, change: Told): string => {
  const { changed = [], moreChanged, outcome } = change;
  if (verb === 'Halted') return '';
  if (verb === 'Settled') return OUTCOMES[outcome ?? ''] === undefined ? (outcome ?? '') : '';
  const names = [...changed, ...(moreChanged ? [`${moreChanged} more`] : [])].join(', ');
  const why = whyOf(change)?.replace(NOT_STARTED, '') ?? '';
  return [names, why].filter((part) => part !== '').join('; ');
};
