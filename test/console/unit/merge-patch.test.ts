import { expect, it } from 'vitest';
import { mergePatch } from '../../../console/forms/merge-patch.ts';

it.each([
  ['nothing where nothing changed', { a: 1 }, { a: 1 }, undefined],
  ['only what is different', { a: 1, b: { c: 2, d: 3 } }, { a: 1, b: { c: 2, d: 4 } }, { b: { d: 4 } }],
  ['null for what is gone', { a: 1, b: { c: 2 } }, { b: {} }, { a: null, b: { c: null } }],
  ['lists as a whole', { a: [1, 2] }, { a: [1] }, { a: [1] }],
  ['what is new', {}, { a: { b: 'c' } }, { a: { b: 'c' } }],
])('a patch says %s', (_, from, to, expected) => {
  expect(mergePatch(from, to)).toEqual(expected);
});
