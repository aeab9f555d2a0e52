const upTo = (last: number): number[] => Array.from({ length: last }, (_, index) => index + 1);

/** The signals of Linux by number, 1 to 31 and the real-time ones 34 to 64, as signal(7) and `kill -l` name them. */
export const signals: readonly string[] = [
  ...['HUP', 'INT', 'QUIT', 'ILL', 'TRAP', 'ABRT', 'BUS', 'FPE', 'KILL', 'USR1', 'SEGV', 'USR2', 'PIPE'],
  ...['ALRM', 'TERM', 'STKFLT', 'CHLD', 'CONT', 'STOP', 'TSTP', 'TTIN', 'TTOU', 'URG', 'XCPU', 'XFSZ'],
  ...['VTALRM', 'PROF', 'WINCH', 'IO', 'PWR', 'SYS'],
  'RTMIN',
  ...upTo(15).map((above) => `RTMIN+${above}`),
  ...upTo(14).map((below) => `RTMAX-${15 - below}`),
  'RTMAX',
];

/** Synonyms of three signals. */
export const synonyms = new Map([
  ['IOT', 'ABRT'],
  ['CLD', 'CHLD'],
  ['POLL', 'IO'],
]);

/** The one name of a signal, without `SIG`: `TERM` of `SIGTERM`, `ABRT` of `SIGIOT`. */
export const signalName = (text: string): string => {
  const name = text.replace(/^SIG/, '');
  return synonyms.get(name) ?? name;
};

/** The number of a signal by its one name: 1 to 31 are named in order, and the real-time ones begin at 34. */
export const signalNumber = (name: string): number => {
  const at = signals.indexOf(name) + 1;
  return at <= 31 ? at : at + 2;
};

/** The signal of a number; undefined if there is none. */
export const signalOfNumber = (number: number): string | undefined =>
  signals.find((name) => signalNumber(name) === number);
