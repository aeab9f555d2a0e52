import { signalNumber } from '../element/signal-name.ts';
import type { Run } from './composition.ts';

/**
 * The exit status after a signal is this plus the number of the signal (POSIX.1-2017, Shell Command Language,
 * 2.8.2).
 */
export const SIGNALLED = 128;

/** The exit status in the form of shells; undefined if it is unknown. */
export const statusOf = ({ exitCode, exitSignal }: Run): number | undefined =>
  exitSignal === undefined ? exitCode : SIGNALLED + signalNumber(exitSignal);

/** Whether this signal ended the run. */
export const wasEndedBy = (run: Run, signal: string): boolean =>
  statusOf(run) === SIGNALLED + signalNumber(signal);
