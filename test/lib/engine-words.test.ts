import { expect, it } from 'vitest';
import { wordsOf } from '../../lib/engine-words.ts';

it('trims the message of an engine, because it becomes part of sentences', () => {
  expect(wordsOf(' lookup registry.example: no such host \n')).toBe('lookup registry.example: no such host');
  expect(wordsOf(' \n')).toBe('the engine gives no reason');
  expect(wordsOf(`${'a'.repeat(4095)}😀`)).toBe('a'.repeat(4095));
});
