/** The service refused, and the command printed the problem. Also if data does not match its checksum. */
export const REFUSED = 1;
/** The command line is wrong. */
export const WRONG_USAGE = 2;
/** A host that the command needs does not answer, or cannot serve now: Taskport, its data store, a service of AWS. */
export const UNAVAILABLE = 3;
/** The user interrupted the command. */
const INTERRUPTED = 130;
/** The system ended the command: a service manager, a shutdown. */
const TERMINATED = 143;

/** The exit code of a command that a signal ended; the abort reason names the signal. */
export const codeOfSignal = ({ reason }: AbortSignal): number =>
  (reason as Error | undefined)?.message === 'SIGTERM' ? TERMINATED : INTERRUPTED;
