/** A schema may be used in several places, and is something else in each. */
import { describe, expect, it } from 'vitest';
import * as z from 'zod/mini';
import { described, facts, optional } from '../../lib/facts.ts';
import { inOrder } from '../../lib/in-order.ts';

const jsonOf = (schema: z.ZodMiniType) => {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { metadata: facts });
  return rest;
};
const number = z.int().check(z.minimum(1), z.maximum(9));

describe('a schema that is described', () => {
  it('is in each place what is said there, and elsewhere what it was', () => {
    const schema = z.object({ a: described(number, 'One.'), b: optional(number, 'Another.'), c: number });
    expect(jsonOf(schema).properties).toMatchObject({
      a: { minimum: 1, maximum: 9, description: 'One.' },
      b: { minimum: 1, maximum: 9, description: 'Another.' },
    });
    expect(jsonOf(schema).properties?.c).not.toHaveProperty('description');
    expect(jsonOf(schema).required).toEqual(['a', 'c']);
  });

  it('checks what it checked, also where it is described anew', () => {
    const twice = described(described(number, { pattern: 'x' }), 'Two.');
    expect(jsonOf(twice)).toMatchObject({ description: 'Two.', pattern: 'x' });
    expect([0, 1, 9, 10].map((value) => twice.safeParse(value).success)).toEqual([false, true, true, false]);
  });
});

describe('an order', () => {
  it('leaves alone what the schema names nothing of', () => {
    const value = { b: 1, a: { z: 1, y: 2 } };
    expect(JSON.stringify(inOrder(z.looseObject({}), value))).toBe(JSON.stringify(value));
  });

  it('is that of the first of several that a value could be, and of what stands in a list', () => {
    const schema = z.object({ of: z.array(z.union([z.object({ a: z.int(), b: z.int() }), z.string()])) });
    expect(JSON.stringify(inOrder(schema, { of: ['x', { b: 1, a: 2 }] }))).toBe('{"of":["x",{"a":2,"b":1}]}');
  });
});
