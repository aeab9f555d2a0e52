const BOUND = /^Too (small|big): expected \w+ to (be|have) [<>]=?(-?\d+)( \w+)?$/;

const plain = (bound: number): string => bound.toLocaleString('en');

/** The bound in an issue of the service, for people: `be at least 4 MiB`, with the number by `inUnit`; undefined for another issue. */
export const boundInWords = (message: string, inUnit = plain): string | undefined => {
  const [, side, verb, bound, counted] = BOUND.exec(message) ?? [];
  if (bound === undefined) return undefined;
  const number = counted === undefined ? inUnit(Number(bound)) : `${plain(Number(bound))}${counted}`;
  return `${verb} at ${side === 'small' ? 'least' : 'most'} ${number}`;
};
