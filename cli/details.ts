import { isObject } from '../lib/is-object.ts';

/** Text without control characters, except line feeds. */
export const printable = (text: string): string => text.replaceAll(/(?!\n)\p{Cc}/gu, ' ');

/** The units of amounts of an element or a location. */
const UNITS: Readonly<Record<string, string>> = {
  size: 'bytes',
  unpackedSize: 'bytes',
  freeSpace: 'KiB',
  capacity: 'KiB',
};

/** An amount for people, with its unit. */
export const formatAmount = (name: string, amount: number | undefined): string | undefined =>
  amount === undefined ? undefined : [amount, UNITS[name]].filter((part) => part !== undefined).join(' ');

/** A thing for people: a line for each field, with maps below their names. */
export const formatDetails = (value: object, indent = ''): string =>
  Object.entries(value)
    .filter(([, field]) => field !== undefined)
    .map(([name, field]) => {
      if (isObject(field)) {
        const within = formatDetails(field, `${indent}  `);
        return within === '' ? '' : `${indent}${name}:\n${within}`;
      }
      const said = typeof field === 'number' ? formatAmount(name, field) : field;
      const text = typeof said === 'string' ? said : JSON.stringify(said);
      return `${indent}${printable(name)}: ${printable(text)}`;
    })
    .filter((line) => line !== '')
    .join('\n');

/** Words of a command as one line; those with other characters than names and options have are quoted. */
export const commandLine = (words: readonly string[]): string =>
  words.map((word) => (/^[\w@%+=:,./-]+$/.test(word) ? word : JSON.stringify(word))).join(' ');
