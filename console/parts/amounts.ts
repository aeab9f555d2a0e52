const UNITS = ['bytes', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB', 'EiB'];

/** Bytes as people read them: `3.2 MiB`. */
export const bytes = (count: number): string => {
  const power = count === 0 ? 0 : Math.min(UNITS.length - 1, Math.floor(Math.log2(count) / 10));
  const amount = count / 2 ** (10 * power);
  return `${power === 0 || amount >= 100 ? Math.round(amount) : amount.toFixed(1)} ${UNITS[power]}`;
};

/** An amount of KiB, with the exact number that forms take: similar amounts would otherwise look the same. */
export const kib = (count: number): string =>
  `${bytes(count * 1024)}${count < 1024 ? '' : ` (${count.toLocaleString('en')} KiB)`}`;

/** A time in the local time zone. */
export const localTime = (time: string): string => {
  const date = new Date(time);
  return Number.isNaN(date.getTime()) ? time : date.toLocaleString();
};

/** `1 run`, `2 runs`. */
export const counted = (count: number, one: string, many = `${one}s`): string =>
  `${count.toLocaleString('en')} ${count === 1 ? one : many}`;

const SPANS = [
  ['day', 86_400],
  ['h', 3_600],
  ['min', 60],
] as const;

/** A duration, rounded: `3 min`, `2 days`. */
export const span = (ms: number): string => {
  const seconds = Math.max(0, ms) / 1_000;
  for (const [unit, length] of SPANS) {
    const count = Math.floor(seconds / length);
    if (count >= 1) return unit === 'day' ? counted(count, unit) : `${count} ${unit}`;
  }
  return seconds < 10 && seconds % 1 >= 0.05 ? `${seconds.toFixed(1)} s` : `${Math.floor(seconds)} s`;
};

export const between = (from: string, to: string | number): string =>
  span((typeof to === 'number' ? to : Date.parse(to)) - Date.parse(from));

/** A duration between reports, whose clocks are not exact below a second. */
export const tookOf = (ms: number): string => (ms < 1_000 ? 'under 1 s' : span(ms));

/** A time ago, in whole seconds. */
export const wholeSpan = (ms: number): string => span(Math.floor(ms / 1_000) * 1_000);
