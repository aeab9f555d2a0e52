import { CPU_PERIOD } from '../../lib/element/cpu-period.ts';
import { UsageError } from '../usage-error.ts';

/** The limit of CPUs in the kernel's notation. Throws `UsageError`. */
export const cpuOf = (text: string): { readonly quota: number; readonly period: number } => {
  const quota = /^\d*\.?\d+$/.test(text) ? Math.round(Number(text) * CPU_PERIOD) : Number.NaN;
  if (!(quota >= 1_000 && quota <= 1_000_000_000))
    throw new UsageError(`--cpus is ${text}, and has to be a number such as 0.5 or 2, from 0.01 on`);
  return { quota, period: CPU_PERIOD };
};
