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

const OUTCOMES: Readonly<Record<string, string>> = { saved: 'Saved', unchanged: 'Nothing to save' };

/** A verb for an event. It says more if the event's own verb says too little. */
export const verbInWords = (verb: string, told: Told): string => {
  const { reason, outcome } = told;
  if (verb === 'Halted')
    return reason === 'run-deadline' ? 'Stopped by the time limit' : 'Stopped: its time is over';
  if (verb === 'Settled') return OUTCOMES[outcome ?? ''] ?? 'Not saved';
  return calledEvent(verb, told);
};

/** Changes of the task of a run, on the page of the run. */
const OF_RUN: Readonly<Record<string, string>> = {
  Joined: 'Added to its executor',
  Bound: 'Run requested',
  Unbound: 'Request withdrawn',
  Left: 'Removed from its executor',
};

/** A verb for an event of the run whose page shows it. */
export const verbOfRun = (verb: string, told: Told): string => OF_RUN[verb] ?? verbInWords(verb, told);

/** Verbs of reports of runners. */
const REPORTED = new Set(['Started', 'Exited']);

/** The caller of a Taskport on the user's machine. */
const LOCAL = 'local';

/** The actor of a change: Taskport, the runner, the user, or the name of a caller in grants. */
export const actorInWords = (verb: string, actor: string): string => {
  if (actor.startsWith('taskport:')) return 'Taskport';
  if (REPORTED.has(verb)) return 'the runner';
  return actor === LOCAL ? 'you' : actor;
};

/** The caller who asked for a run. */
export const callerInWords = (caller: string): string =>
  `${actorInWords('Bound', caller)}${caller === LOCAL ? ', on this machine' : ''}`;

/** Further details of a change: names of changed fields, and the reason of an end. */
export const changeInWords = (verb: string, change: Told): string => {
  const { changed = [], moreChanged, outcome } = change;
  if (verb === 'Halted') return '';
  if (verb === 'Settled') return OUTCOMES[outcome ?? ''] === undefined ? (outcome ?? '') : '';
  const names = [...changed, ...(moreChanged ? [`${moreChanged} more`] : [])].join(', ');
  const why = whyOf(change)?.replace(NOT_STARTED, '') ?? '';
  return [names, why].filter((part) => part !== '').join('; ');
};
