import { UsageError } from './usage-error.ts';

/** The number that an option gives, or nothing where it is not given. Throws `UsageError`. */
export const numberOf = <N extends string>(
  name: N,
  text: string | undefined,
): { readonly [name in N]?: number } => {
  if (text === undefined) return {};
  if (!/^\d{1,15}$/.test(text)) throw new UsageError(`--${dashed(name)} is ${text}, which is no number`);
  return { [name]: Number(text) } as { [name in N]: number };
};

const dashed = (name: string): string => name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
