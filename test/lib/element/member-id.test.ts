import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatId } from '../../../lib/element/id.ts';
import { homeOf, isInline, parseMemberId } from '../../../lib/element/member-id.ts';
import { kinds } from '../../../lib/kind/index.ts';

/** Names that are also part of the IDs of inline tasks. */
const name = fc.constantFrom('tasks', 'task', 'executor', 'a');

describe('the ID of a member', () => {
  it('is the ID of an element, whatever that and its location are called', () => {
    fc.assert(
      fc.property(fc.constantFrom(...kinds), name, name, (kind, location, element) => {
        const id = `${kind}://${location}/${element}`;
        expect([parseMemberId(id, 'id'), homeOf(id)]).toEqual(
          Array(2).fill({ kind, location, name: element }),
        );
        expect(isInline(id)).toBe(false);
      }),
    );
  });

  it('is that of a task of an executor, which is at home where the executor is', () => {
    fc.assert(
      fc.property(name, name, name, (location, executor, task) => {
        const id = `executor://${location}/${executor}/tasks/${task}`;
        expect(formatId(parseMemberId(id, 'id'))).toBe(id);
        expect(homeOf(id)).toEqual({ kind: 'executor', location, name: executor });
        expect(isInline(id)).toBe(true);
      }),
    );
  });

  it.each(['task://l/n/tasks/m', 'executor://l/tasks/m/tasks', 'executor:///tasks/m', 'tasks/m'])(
    '%s is none',
    (id) => expect(() => parseMemberId(id, 'id')).toThrow(/^id: /),
  );
});
