import { describe, expect, it } from 'vitest';
import { readDocuments } from '../../../cli/apply/yaml-documents.ts';

const read = (text: string) => readDocuments(text, 'app.yaml').map(({ value }) => value);

describe('documents of a file', () => {
  it('have the values of YAML 1.2', () => {
    const text =
      'a: yes\nb: 0o17\nc: "1"\n1: one\nd: {e: [~, true, 1.5]}\nf: |\n  two\n  lines\n---\n# nothing\n---\n{"g": "JSON"}\n...\n';
    const first = { a: 'yes', b: 15, c: '1', 1: 'one', d: { e: [null, true, 1.5] }, f: 'two\nlines\n' };
    expect(read(text)).toEqual([first, { g: 'JSON' }]);
    expect(read('')).toEqual([]);
  });

  it('tell the place of a path, for any keys', () => {
    const [document] = readDocuments('a:\n  b.c:\n    - d: 1\n    - d: 2\n  b: 3\n', 'app.yaml');
    expect(document?.at('a.b.c[1].d')).toBe('app.yaml:4:7');
    expect(document?.at('a.b')).toBe('app.yaml:5:3');
    // A missing part has the place of its parent.
    expect(document?.at('a.b.c[0].e')).toBe('app.yaml:3:7');
    expect(document?.at('x')).toBe('app.yaml:1:1');
  });

  it.each([
    ['an anchor', 'a: &x 1\n', 'app.yaml:1:7: the anchor &x is not taken: write out'],
    ['an anchor of a map', 'a: &x {}\n', 'app.yaml:1:7: the anchor &x is not taken'],
    ['an anchor of a list', 'a: &x\n  - 1\n', 'app.yaml:2:3: the anchor &x is not taken'],
    ['a tag of a map', 'a: !!set {b}\n', 'app.yaml:1:'],
    ['a tag of a list', '!!omap [a: 1]\n', 'app.yaml:1:'],
    ['an anchor of a key', '&x a: 1\n', 'app.yaml:1:4: the anchor &x is not taken'],
    ['a merge', 'a: {b: 1}\n<<: *a\n', 'app.yaml:2:5: '],
    ['an alias', 'a: 1\nb: *x\n', 'app.yaml:2:4: '],
    [
      'a tag',
      'a: !!binary AA==\n',
      'app.yaml:1:13: the tag tag:yaml.org,2002:binary is not taken: leave it out',
    ],
    ['a tag that only this file knows', 'a: !env HOME\n', 'app.yaml:1:4: '],
    [
      'a key twice',
      'a: 1\nb: {c: 1, d: 2,\n  c: 3}\n',
      'app.yaml:3:3: the key c occurs twice: leave one out',
    ],
    ['a key that is no text', '? [a]\n: b\n', 'app.yaml:1:3: '],
    ['the prototype of all', 'a: {__proto__: {b: 1}}\n', 'app.yaml:1:5: no key is called __proto__'],
    ['another version', '%YAML 1.1\n---\na: yes\n', 'the directives (%) of this document are not taken'],
    [
      'a name for tags',
      '%TAG !e! tag:x,2000:\n---\na: 1\n',
      'the directives (%) of this document are not taken',
    ],
    ['what is no number of JSON', 'a: .inf\n', 'app.yaml:1:4: is no number that JSON has'],
    ['tabs', 'a:\n\tb: 1\n', 'app.yaml:2:1: Tabs are not allowed as indentation'],
    ['what does not end', 'a: "b\n', 'app.yaml:'],
    ['a million brackets', '['.repeat(2 ** 20), 'app.yaml:1:201: is nested too deep'],
    ['a million levels', '- '.repeat(2 ** 19), 'is nested too deep'],
    ['a million ends', ']'.repeat(2 ** 20), 'app.yaml:1:1: '],
    ['too many documents', 'a: 1\n---\n'.repeat(1_001), 'app.yaml:2000:1: more than 1000 documents'],
  ])('are refused with %s, by its place', (_, text, said) => {
    expect(() => read(text)).toThrow(said);
  });

  it('are checked for repeated keys in linear time', () => {
    const many = Array.from({ length: 80_000 }, (_, at) => `k${at}: 1\n`).join('');
    expect(Object.keys(read(many)[0] as object)).toHaveLength(80_000);
  });
});
