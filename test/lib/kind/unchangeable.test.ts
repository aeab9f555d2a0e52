import { expect, it } from 'vitest';
import { kinds, rules } from '../../../lib/kind/index.ts';
import { unchangeable } from '../../../lib/kind/unchangeable.ts';

it('a fixed field of a task is refused with the way to a changed copy', () => {
  const said = unchangeable('task', rules.task);
  expect(said).toContain('`--parent`');
  expect(said).toContain('`overrides` when the task joins');
  expect(said).toContain('annotations may change');
});

it.each(kinds)('a fixed field of the kind %s is refused without an impossible remedy', (kind) => {
  const { parents, joins, called } = rules[kind];
  const said = unchangeable(kind, rules[kind], `${kind}://a/b`);
  expect(said).toMatch(new RegExp(`^does not change once ${called} is there.*: make another ${kind}`));
  expect(said.includes('--parent')).toBe(parents.includes(kind));
  expect(said.includes('overrides')).toBe(joins === 'run');
  expect(said).toContain(`delete ${kind}://a/b first`);
});
