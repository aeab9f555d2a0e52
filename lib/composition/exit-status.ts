import { signalNumber } from '../element/signal-name.ts';
import type { Run } from './composition.ts';

/** Exit status of what a signal ended is this and the signal's number (POSIX.1-2017, Shell Command Language, 2.8.2). */
export const SIGNALLED = 128;

/** The exit status as shells have it; undefined where nobody knows one. */
export const statusOf = ({ exitCode, exitSignal }: Run): number | undefined =>
  exitSignal === undefined ? exitCode : SIGNALLED + signalNumber(exitSignal);

/** Whether that signal is what ended it. */
export const wasEndedBy = (run: Run, signal: string): boolean =>
  statusOf(run) === SIGNALLED + signalNumber(signal);
