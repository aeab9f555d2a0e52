import { UsageError } from './usage-error.ts';

/** The number of an option, or undefined without it. Throws `UsageError` with the allowed values. */
export const numberOf = <N extends string>(
  name: N,
  text: string | undefined,
  wanted = 'a whole number',
): { readonly [name in N]?: number } => {
  if (text === undefined) return {};
  if (!/^\d{1,15}$/.test(text)) throw new UsageError(`--${dashed(name)} is ${text}, and has to be ${wanted}`);
  return { [name]: Number(text) } as { [name in N]: number };
};

/** The amount of storage of an option. */
export const kibibytesOf = <N extends string>(
  name: N,
  text: string | undefined,
): { readonly [name in N]?: number } => numberOf(name, text, 'a whole number of KiB, such as 65536');

const dashed = (name: string): string => name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);

const SIZES: Readonly<Record<string, number>> = Object.fromEntries(
  ['', 'k', 'm', 'g', 't'].flatMap((prefix, power) => [
    [`${prefix}b`, 1000 ** power],
    [`${prefix}ib`, 1024 ** power],
  ]),
);

/** The bytes of a text such as `500MB` or `10GiB`; a number without a unit is in bytes. Throws `UsageError`. */
export const bytesOf = (option: string, text: string): number => {
  const [, count, unit = ''] = /^(\d+(?:\.\d+)?)\s*([a-z]*)$/i.exec(text) ?? [];
  const factor = SIZES[unit.toLowerCase() || 'b'];
  if (count === undefined || factor === undefined)
    throw new UsageError(`${option} is ${text}, and has to be a size such as 500MB or 10GiB`);
  return Math.round(Number(count) * factor);
};

const SECONDS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3_600 };

/** The seconds of a text such as `90s`, `10m` or `1h`. Throws `UsageError`. */
export const secondsOf = (option: string, text: string): number => {
  const [, count, unit = ''] = /^(\d{1,6})([smh])$/.exec(text) ?? [];
  const factor = SECONDS[unit];
  if (count === undefined || factor === undefined)
    throw new UsageError(`${option} is ${text}, and has to be a time such as 90s, 10m or 1h`);
  return Number(count) * factor;
};
