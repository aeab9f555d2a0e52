/** A schema may be used in several places, with a description for each. */
import { describe, expect, it } from 'vitest';
import * as z from 'zod/mini';
import { described, facts, optional } from '../../lib/facts.ts';
import { inOrder } from '../../lib/in-order.ts';

const jsonOf = (schema: z.ZodMiniType) => {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { metadata: facts });
  return rest;
};
const number = z.int().check(z.minimum(1), z.maximum(9));

describe('a described schema', () => {
  it('has its description in each place, and none elsewhere', () => {
    const schema = z.object({ a: described(number, 'One.'), b: optional(number, 'Another.'), c: number });
    expect(jsonOf(schema).properties).toMatchObject({
      a: { minimum: 1, maximum: 9, description: 'One.' },
      b: { minimum: 1, maximum: 9, description: 'Another.' },
    });
    expect(jsonOf(schema).properties?.c).not.toHaveProperty('description');
    expect(jsonOf(schema).required).toEqual(['a', 'c']);
  });

  it('validates as before, even if it is described again', () => {
    const twice = described(described(number, { pattern: 'x' }), 'Two.');
    expect(jsonOf(twice)).toMatchObject({ description: 'Two.', pattern: 'x' });
    expect([0, 1, 9, 10].map((value) => twice.safeParse(value).success)).toEqual([false, true, true, false]);
  });
});

describe('an order', () => {
  it('does not change values without named members', () => {
    const value = { b: 1, a: { z: 1, y: 2 } };
    expect(JSON.stringify(inOrder(z.looseObject({}), value))).toBe(JSON.stringify(value));
  });

  it('is that of the first matching alternative, and of the items of a list', () => {
    const schema = z.object({ of: z.array(z.union([z.object({ a: z.int(), b: z.int() }), z.string()])) });
    expect(JSON.stringify(inOrder(schema, { of: ['x', { b: 1, a: 2 }] }))).toBe('{"of":["x",{"a":2,"b":1}]}');
  });
});
