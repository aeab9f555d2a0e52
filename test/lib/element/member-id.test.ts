import { describe, expect, it } from 'vitest';
import { homeOf, isInline, parseMemberId } from '../../../lib/element/member-id.ts';

describe('the ID of a member', () => {
  it('is that of an inline task below an executor', () => {
    const id = 'executor://machines/web/tasks/main';
    expect(isInline(id)).toBe(true);
    expect(parseMemberId(id, 'id')).toEqual({
      kind: 'task',
      location: 'machines',
      name: 'main',
      executor: 'web',
    });
    expect(homeOf(id)).toEqual({ kind: 'executor', location: 'machines', name: 'web' });
  });

  it('is that of an element, for any name of its location', () => {
    for (const id of ['task://tasks/one', 'executor://tasks/one'] as const) {
      expect(isInline(id)).toBe(false);
      expect(homeOf(id)).toMatchObject({ location: 'tasks', name: 'one' });
    }
  });

  it.each([
    'volume://a/b/tasks/c',
    'executor:///tasks/a',
    'executor://a/b/tasks/',
    'executor://a/b/tasks/c/d',
  ])('cannot be %s', (id) =>
    expect(() => parseMemberId(id, 'id')).toThrow(expect.objectContaining({ code: 'invalid-request' })),
  );
});
