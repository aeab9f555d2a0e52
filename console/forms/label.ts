import type { Schema } from './schema.ts';

const ACRONYMS = /^(id|cpu|nfs|s3)$/;
const UNITS: Readonly<Record<string, string>> = { seconds: 'seconds', days: 'days', kib: 'KiB', mib: 'MiB' };

export const capital = (text: string): string => `${text.charAt(0).toUpperCase()}${text.slice(1)}`;

/** The label of a field: its title in the schema, else its name in words, `stopSeconds` as “Stop (seconds)”. */
export const labelOf = (name: string, { title }: Schema = {}): string => {
  if (title !== undefined) return title;
  const words = name
    .replace(/([KM])iB$/, ' $1ib')
    .replaceAll(/([a-z])([A-Z])/g, '$1 $2')
    .toLowerCase()
    .split(' ')
    .map((word) => (ACRONYMS.test(word) ? word.toUpperCase() : word));
  const unit = words.length > 1 ? UNITS[words.at(-1) ?? ''] : undefined;
  return capital(unit === undefined ? words.join(' ') : `${words.slice(0, -1).join(' ')} (${unit})`);
};

/** A label within a sentence. */
export const inner = (label: string): string =>
  /^[A-Z][a-z]/.test(label) ? `${label.charAt(0).toLowerCase()}${label.slice(1)}` : label;
