import { expect, it } from 'vitest';
import { inUseDetail } from '../../../lib/element/in-use-detail.ts';

const joined = (...names: string[]) =>
  names.map((name) => ({ id: `executor://machines/${name}`, kind: 'composition' as const }));

it('an element in use names the executors that it has to leave', () => {
  expect(inUseDetail('volume://data/kept', joined('one'), 0)).toBe(
    'volume://data/kept is referred to by others: first let it leave executor://machines/one',
  );
  expect(inUseDetail('image://images/base', joined('a', 'b', 'c', 'd', 'e'), 2)).toBe(
    'image://images/base is referred to by others: first let it leave executor://machines/a, executor://machines/b, executor://machines/c and 2 more, ask those who may read the references that you may not see',
  );
});
