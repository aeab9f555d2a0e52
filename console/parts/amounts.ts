const UNITS = ['bytes', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB', 'EiB'];

/** Bytes as people read them: `3.2 MiB`. */
export const bytes = (count: number): string => {
  const power = count === 0 ? 0 : Math.min(UNITS.length - 1, Math.floor(Math.log2(count) / 10));
  const amount = count / 2 ** (10 * power);
  return `${power === 0 || amount >= 100 ? Math.round(amount) : amount.toFixed(1)} ${UNITS[power]}`;
};

/** An amount of KiB. With the number itself, which forms ask for: what differs by little would look the same. */
export const kib = (count: number): string =>
  `${bytes(count * 1024)}${count < 1024 ? '' : ` (${count.toLocaleString('en')} KiB)`}`;

/** A time as it is here; the exact one is its title. */
export const localTime = (time: string): string => {
  const date = new Date(time);
  return Number.isNaN(date.getTime()) ? time : date.toLocaleString();
};
