import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { mergeSpec } from '../../../lib/element/environment.ts';

const env = (...variables: readonly (readonly [name: string, value: string | null])[]) => ({
  process: { env: variables.map(([name, value]) => ({ name, value })) },
});

describe('a merge patch of a specification', () => {
  it.each([
    [
      'replaces a variable of its name',
      env(['A', '1'], ['B', '2']),
      env(['A', '3']),
      env(['A', '3'], ['B', '2']),
    ],
    ['adds one', env(['A', '1']), env(['B', '2']), env(['B', '2'], ['A', '1'])],
    ['takes one away by null', env(['A', '1'], ['B', '2']), env(['A', null]), env(['B', '2'])],
    ['takes away what nobody has', {}, env(['A', null]), env()],
    ['takes all away by null', env(['A', '1']), { process: { env: null } }, { process: {} }],
    ['has no more variables by an empty list', env(['A', '1']), env(), env(['A', '1'])],
  ])('%s', (_, target, patch, merged) => {
    expect(mergeSpec(target, patch)).toEqual(merged);
  });

  it('has the last value of each name, and no name twice', () => {
    const names = fc.constantFrom('A', 'B', 'C');
    const some = <T>(value: fc.Arbitrary<T>) =>
      fc.uniqueArray(fc.tuple(names, value), { selector: ([name]) => name });
    fc.assert(
      fc.property(some(fc.string()), some(fc.option(fc.string())), (own, said) => {
        const merged = mergeSpec(env(...own), env(...said)) as ReturnType<typeof env>;
        const expected = new Map<string, string | null>([...own, ...said]);
        for (const [name, value] of expected) if (value === null) expected.delete(name);
        expect(merged.process.env).toHaveLength(expected.size);
        expect(new Map(merged.process.env.map(({ name, value }) => [name, value]))).toEqual(expected);
      }),
    );
  });
});
