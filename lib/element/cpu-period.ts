/** Microseconds of a period of CPU time, of which a limit takes a quota (the default of Linux's CFS bandwidth control). */
export const CPU_PERIOD = 100_000;
