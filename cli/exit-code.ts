/** The service refused: its problem was printed. Also where data is not what its checksum says. */
export const REFUSED = 1;
/** The command is not what it should be. */
export const WRONG_USAGE = 2;
/** A host that the command needs does not answer, or says that it cannot now: Taskport, its data store, a service of AWS. */
export const UNAVAILABLE = 3;
/** The user ended it. */
const INTERRUPTED = 130;
/** The system ended it: a service manager, a shutdown. */
const TERMINATED = 143;

/** The code of a command that a signal ended; what the command was aborted with says which. */
export const codeOfSignal = ({ reason }: AbortSignal): number =>
  (reason as Error | undefined)?.message === 'SIGTERM' ? TERMINATED : INTERRUPTED;
