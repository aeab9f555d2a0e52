import { UsageError } from './usage-error.ts';

const NUMBER = /^\d{1,15}$/;

const dashed = (name: string): string => name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);

/** The number of an option, or undefined without it. Throws `UsageError` with the allowed values. */
export const numberOf = <N extends string>(
  name: N,
  text: string | undefined,
  wanted = 'a whole number',
): { readonly [name in N]?: number } => {
  if (text === undefined) return {};
  if (!NUMBER.test(text)) throw new UsageError(`--${dashed(name)} is ${text}, and has to be ${wanted}`);
  return { [name]: Number(text) } as { [name in N]: number };
};

const UNITS = 'bkmgt';

const bytesIn = (text: string): number => {
  const [, count, unit = 'b'] = /^(\d+(?:\.\d+)?)\s*([bkmgt])?(?:i?b)?$/i.exec(text) ?? [];
  return Math.floor(Number(count) * 1024 ** UNITS.indexOf(unit.toLowerCase()));
};

/** The bytes of a size in Docker's notation, by powers of 1024: `512m`, `1.5g`, `6MiB`; without a unit, bytes. Throws `UsageError`. */
export const sizeOf = (option: string, text: string): number => {
  const bytes = bytesIn(text);
  if (!Number.isSafeInteger(bytes))
    throw new UsageError(`${option} is ${text}, and has to be a size such as 512m or 2g`);
  return bytes;
};

/** The storage of an option, in KiB: a size as in `sizeOf`; without a unit, KiB. Throws `UsageError`. */
export const kibibytesOf = <N extends string>(
  name: N,
  text: string | undefined,
): { readonly [name in N]?: number } => {
  if (text === undefined || NUMBER.test(text)) return numberOf(name, text);
  const amount = Math.ceil(bytesIn(text) / 1024);
  if (!Number.isSafeInteger(amount))
    throw new UsageError(
      `--${dashed(name)} is ${text}, and has to be KiB, such as 65536, or a size such as 64m`,
    );
  return { [name]: amount } as { [name in N]: number };
};

const SPAN = /^(?=\d)(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?$/;

/** The seconds of a span of time such as `90s`, `10m` or `1h30m`; undefined for another text. */
export const secondsIn = (text: string): number | undefined => {
  const [all, hours = 0, minutes = 0, seconds = 0] = SPAN.exec(text) ?? [];
  const sum = Number(hours) * 3_600 + Number(minutes) * 60 + Number(seconds);
  return all !== undefined && Number.isSafeInteger(sum) ? sum : undefined;
};

/** The seconds of a span of time; without a unit, seconds. Throws `UsageError`. */
export const durationOf = (option: string, text: string): number => {
  const seconds = NUMBER.test(text) ? Number(text) : secondsIn(text);
  if (seconds === undefined)
    throw new UsageError(`${option} is ${text}, and has to be seconds, or a time such as 90s, 10m or 1h`);
  return seconds;
};
