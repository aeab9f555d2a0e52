import { UsageError } from '../usage-error.ts';

const UNITS = 'bkmgt';

/** The bytes of a size in Docker's notation, by powers of 1024: `512m`, `1.5g`, `6MiB`. Throws `UsageError`. */
export const memoryOf = (option: string, text: string): number => {
  const [, count, unit = 'b'] = /^(\d+(?:\.\d+)?) ?([bkmgt])?(?:i?b)?$/i.exec(text) ?? [];
  const bytes = Math.floor(Number(count) * 1024 ** UNITS.indexOf(unit.toLowerCase()));
  if (!Number.isSafeInteger(bytes))
    throw new UsageError(`${option} is ${text}, and has to be a size such as 512m or 2g`);
  return bytes;
};

const PERIOD = 100_000;

/** The limit of CPUs in the kernel's notation. Throws `UsageError`. */
export const cpuOf = (text: string): { readonly quota: number; readonly period: number } => {
  const quota = /^\d*\.?\d+$/.test(text) ? Math.round(Number(text) * PERIOD) : Number.NaN;
  if (!(quota >= 1_000 && quota <= 1_000_000_000))
    throw new UsageError(`--cpus is ${text}, and has to be a number such as 0.5 or 2, from 0.01 on`);
  return { quota, period: PERIOD };
};
