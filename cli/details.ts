/** Text without what would move the cursor, but for ends of lines. */
const printable = (text: string): string => text.replaceAll(/(?!\n)\p{Cc}/gu, ' ');

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** A thing for people: a line for each of its fields, maps below their names. */
export const formatDetails = (value: object, indent = ''): string =>
  Object.entries(value)
    .filter(([, field]) => field !== undefined)
    .map(([name, field]) => {
      if (isObject(field)) {
        const within = formatDetails(field, `${indent}  `);
        return within === '' ? '' : `${indent}${name}:\n${within}`;
      }
      const text = typeof field === 'string' ? field : JSON.stringify(field);
      return `${indent}${printable(name)}: ${printable(text)}`;
    })
    .filter((line) => line !== '')
    .join('\n');
