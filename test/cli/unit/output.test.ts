import { expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { asksForJson, nameOf, outputOf, writerOf } from '../../../cli/output.ts';

it('prints values as YAML, each a document', async () => {
  const same = { path: '/' };
  const things = [{ id: 'image://images/a', same, again: same, text: 'yes\nno' }, [1, 2], 'x'.repeat(200)];
  const write = await writerOf('yaml');
  const text = things.map((thing) => write?.(thing)).join('');
  expect(parseAllDocuments(text).map((document) => document.toJS())).toEqual(things);
  expect(text).not.toContain('&a1');
});

it.each([
  [{ id: 'image://images/a', name: 'a' }, 'image://images/a'],
  [{ name: 'images' }, 'images'],
  [{ handle: 'x', composition: { executorId: 'executor://machines/a' } }, 'executor://machines/a'],
  [{ 'detail-type': 'Task Exited', detail: { id: 'task://tasks/a' } }, 'task://tasks/a'],
  [{ location: 'machines', engine: 'one' }, 'machines'],
  [{}, undefined],
])('names a value in a form that other commands accept: %j', (thing, name) => {
  expect(nameOf(thing)).toBe(name);
});

it('accepts --json for --output json, and refuses unknown formats', () => {
  expect(outputOf(undefined, false)).toBe('table');
  expect(outputOf(undefined, true)).toBe('json');
  expect(outputOf('wide', false)).toBe('wide');
  expect(() => outputOf('xml', false)).toThrow('--output is one of table, wide, json, yaml, id');
  expect(() => outputOf('yaml', true)).toThrow('either --json or --output yaml');
});

it.each([
  [['image', 'list', '-o', 'json'], true],
  [['image', 'list', '--output=json'], true],
  [['image', 'list', '-ojson'], true],
  [['--json', 'image'], true],
  [['image', 'show', 'json'], false],
  [['-o', 'yaml'], false],
  [['run', 'alpine', '--', 'tool', '--json'], false],
])('detects --json in an invalid command line: %j', (args, asks) => {
  expect(asksForJson(args)).toBe(asks);
});
