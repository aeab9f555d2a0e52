import { expect, it } from 'vitest';
import { wordsOf } from '../../../lib/execution/end-report.ts';

it('reports what an engine says without the space around it, since it is put into sentences', () => {
  expect(wordsOf(' lookup registry.example: no such host \n')).toBe('lookup registry.example: no such host');
  expect(wordsOf(' \n')).toBe('nothing is said of why');
  expect(wordsOf(`${'a'.repeat(4095)}😀`)).toBe('a'.repeat(4095));
});
