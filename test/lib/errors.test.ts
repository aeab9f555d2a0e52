import { describe, expect, it } from 'vitest';
import { invalidRequest, problemCodes, repeatable } from '../../lib/errors.ts';

describe('an invalid request', () => {
  it('names each wrong place and the problem there', () => {
    const error = invalidRequest({ path: 'id', message: 'is odd' }, { path: 'spec.a', message: 'is even' });
    expect(error.code).toBe('invalid-request');
    expect(error.message).toBe('id: is odd; spec.a: is even');
    expect(error.members.issues).toEqual([
      { path: 'id', message: 'is odd' },
      { path: 'spec.a', message: 'is even' },
    ]);
  });

  it('with very many or very long names has a small answer', () => {
    const many = Array.from({ length: 20_000 }, (_, at) => ({ path: `${at}`, message: 'unknown field' }));
    expect(invalidRequest(...many).members.issues).toEqual(many.slice(0, 1_000));
    const [issue] = invalidRequest({ path: 'x'.repeat(10 ** 6), message: 'long' }).members.issues as {
      path: string;
    }[];
    expect(issue?.path).toBe(`${'x'.repeat(256)}…`);
  });
});

it('short names are repeated unchanged', () => {
  const names = ['', 'a', 'x'.repeat(256)];
  expect(repeatable(names)).toEqual(names);
});

it('every code of the API exists once', () => {
  expect(new Set(problemCodes).size).toBe(problemCodes.length);
});
