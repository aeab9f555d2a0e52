const BOUND = /^must (be|have) at (least|most) (-?\d+)( \w+)?$/;

const plain = (bound: number): string => bound.toLocaleString('en');

/** The bound in an issue of the service, for people: `be at least 4 MiB`, with the number by `inUnit`; undefined for another issue. */
export const boundInWords = (message: string, inUnit = plain): string | undefined => {
  const [, verb, side, bound, counted] = BOUND.exec(message) ?? [];
  if (bound === undefined) return undefined;
  const number = counted === undefined ? inUnit(Number(bound)) : `${plain(Number(bound))}${counted}`;
  return `${verb} at ${side} ${number}`;
};
