import { expect, it } from 'vitest';
import { kinds, rules } from '../../../lib/kind/index.ts';
import { unchangeable } from '../../../lib/kind/unchangeable.ts';

it('what cannot be changed of a task says how to have another that differs', () => {
  const said = unchangeable('task', rules.task);
  expect(said).toContain('`--parent`');
  expect(said).toContain('`overrides` of a join');
  expect(said).toContain('annotations may change');
});

it.each(kinds)('what cannot be changed of the kind %s names no way that is none', (kind) => {
  const { parents, joins, called } = rules[kind];
  const said = unchangeable(kind, rules[kind], `${kind}://a/b`);
  expect(said).toMatch(new RegExp(`^does not change once ${called} is there.*: make another ${kind}`));
  expect(said.includes('--parent')).toBe(parents.includes(kind));
  expect(said.includes('overrides')).toBe(joins === 'run');
  expect(said).toContain(`delete ${kind}://a/b first`);
});
