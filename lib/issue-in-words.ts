import type * as z from 'zod/mini';

type RawIssue = z.core.$ZodRawIssue;

/** The types of JSON. */
const TYPES: Readonly<Record<string, string>> = {
  string: 'a string',
  number: 'a number',
  int: 'a whole number',
  boolean: '`true` or `false`',
  array: 'an array',
  object: 'an object',
  record: 'an object',
  null: '`null`',
};

const UNITS: Readonly<Record<string, string>> = { string: 'character', array: 'item' };

const FORMATS: Readonly<Record<string, string>> = {
  datetime: 'a time, such as `2030-01-31T12:00:00Z`',
  url: 'a URL',
};

const typeOf = (value: unknown): string => {
  if (value === null) return 'null';
  return Array.isArray(value) ? 'array' : typeof value;
};

const calledType = (type: string): string => TYPES[type] ?? type;

const typeInWords = (expected: string, input: unknown): string => {
  const given = calledType(typeOf(input));
  const wanted = calledType(expected);
  return expected === 'int' && typeof input === 'number'
    ? `must be ${wanted}`
    : `must be ${wanted}, not ${given}`;
};

/** `be at least 4`, or `have at most 30 items`. */
const boundInWords = (side: string, bound: number | bigint, origin: string): string => {
  const unit = UNITS[origin];
  return unit === undefined
    ? `must be ${side} ${bound}`
    : `must have ${side} ${bound} ${unit}${Number(bound) === 1 ? '' : 's'}`;
};

const oneOf = (values: readonly unknown[]): string => {
  const all = values.map((value) => `\`${value}\``);
  return all.length === 1 ? `must be ${all[0]}` : `must be one of ${all.join(', ')}`;
};

/** What a value has to be, in words that follow its path. A schema with words of its own is not asked. */
export const issueInWords = (issue: RawIssue): string => {
  const asked = issue.input === undefined ? 'is required, and ' : '';
  switch (issue.code) {
    case 'invalid_type':
      return asked === ''
        ? typeInWords(issue.expected, issue.input)
        : `${asked}must be ${calledType(issue.expected)}`;
    case 'invalid_value':
      return `${asked}${oneOf(issue.values)}`;
    case 'too_small':
      return boundInWords(issue.inclusive ? 'at least' : 'more than', issue.minimum, issue.origin);
    case 'too_big':
      return boundInWords(issue.inclusive ? 'at most' : 'less than', issue.maximum, issue.origin);
    case 'invalid_format':
      return issue.pattern === undefined || issue.format in FORMATS
        ? `must be ${FORMATS[issue.format] ?? issue.format}`
        : `must match \`${issue.pattern}\``;
    case 'not_multiple_of':
      return `must be a multiple of ${issue.divisor}`;
    case 'invalid_key':
      return `has a name that ${issue.issues[0]?.message}`;
    default:
      return 'is not valid';
  }
};
