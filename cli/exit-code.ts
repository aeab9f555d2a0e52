/** The service refused: its problem was printed. Also where data is not what its checksum says. */
export const REFUSED = 1;
/** The command is not what it should be. */
export const WRONG_USAGE = 2;
/** The service does not answer, or says that it cannot now. */
export const UNAVAILABLE = 3;
/** The user ended it. */
export const INTERRUPTED = 130;
