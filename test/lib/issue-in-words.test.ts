import { expect, it } from 'vitest';
import * as z from 'zod/mini';
import { validate } from '../../lib/validation.ts';

const KEY = z.string().check(z.regex(/^[a-z]+$/));

it.each<[string, z.ZodMiniType, unknown]>([
  ['must be a string, not a number', z.string(), 1],
  ['must be a number, not a string', z.number(), '1'],
  ['must be a whole number', z.int(), 1.5],
  ['must be a number, not a string', z.int(), '1'],
  ['must be `true` or `false`, not `null`', z.boolean(), null],
  ['must be an array, not an object', z.array(z.string()), {}],
  ['must be an object, not an array', z.strictObject({}), []],
  ['must be an object, not `true` or `false`', z.record(KEY, z.string()), true],
  ['is required, and must be a string', z.string(), undefined],
  ['is required, and must be one of `never`, `always`', z.enum(['never', 'always']), undefined],
  ['must be one of `never`, `always`', z.enum(['never', 'always']), 'often'],
  ['must be `true`', z.literal(true), false],
  ['must be at least 4', z.number().check(z.minimum(4)), 3],
  ['must be at most 4', z.number().check(z.maximum(4)), 5],
  ['must have at least 1 character', z.string().check(z.minLength(1)), ''],
  ['must have at most 2 characters', z.string().check(z.maxLength(2)), 'abc'],
  ['must have at most 1 item', z.array(z.string()).check(z.maxLength(1)), ['a', 'b']],
  ['must match `/^[a-z]+$/`', KEY, 'A'],
  ['must be a time, such as `2030-01-31T12:00:00Z`', z.iso.datetime(), 'noon'],
  ['has a name that must match `/^[a-z]+$/`', z.record(KEY, z.string()), { A: 'x' }],
  ['must be `a`', z.string().check(z.regex(/^a$/, 'must be `a`')), 'b'],
])('the value %s', (words, schema, value) => {
  const message = expect.objectContaining({ issues: [expect.objectContaining({ message: words })] });
  expect(() => validate(schema, value)).toThrow(expect.objectContaining({ members: message }));
});
