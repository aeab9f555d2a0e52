import { existsSync } from 'node:fs';
import { basename } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Addition, additions, everything, lackingEngine } from './additions.ts';
import { Compiler } from './compiler.ts';
import { placesOf } from './contributing.ts';

let compiler: Compiler;
beforeAll(() => {
  compiler = new Compiler();
});
afterAll(() => compiler.close());

const isThere = (path: string): boolean => existsSync(new URL(`../../${path}`, import.meta.url));
const without = (left: readonly string[]): Record<string, string> =>
  Object.fromEntries(Object.entries(everything).filter(([path]) => !left.includes(path)));

describe.each(additions)('$called', ({ called, files }: Addition) => {
  it('changes the files that CONTRIBUTING.md names', () => {
    expect(Object.keys(files).toSorted()).toEqual(placesOf(called, 'gadget').toSorted());
  });
});

describe('an addition', () => {
  it('compiles if every file is changed', () => {
    expect(compiler.errors(everything)).toEqual(new Map());
  });

  it('gets an error for exactly the other files, after its first ones are changed', () => {
    const first = additions.flatMap((addition) => addition.first);
    const begun = Object.fromEntries(first.map((path) => [path, everything[path] ?? '']));
    const found = compiler.errors({ ...begun, ...lackingEngine });
    const others = additions
      .flatMap(({ files }) => Object.keys(files))
      .filter((path) => isThere(path) && !first.includes(path));
    expect([...found.keys()].toSorted()).toEqual(
      [...new Set([...others, ...Object.keys(lackingEngine)])].toSorted(),
    );
  });

  it('must agree with the other files', () => {
    const contradicted: readonly (readonly [path: string, said: string, instead: string])[] = [
      // A kind that runs needs the specification of tasks,
      ['lib/kind/gadget.ts', "joins: 'plainly'", "joins: 'run'"],
      // an event must follow its schema,
      ['lib/event/gadget-events.ts', 'of: () => []', "of: () => [{ colour: 'red' }]"],
      // and the document must contain the fields of a plan.
      ['functions/api/contract/plan.ts', ', colour: z.string()', ''],
    ];
    const changed = contradicted.map(([path, said, instead]) => {
      expect(everything[path]).toContain(said);
      return [path, everything[path]?.replace(said, () => instead) ?? ''];
    });
    const found = [...compiler.errors({ ...everything, ...Object.fromEntries(changed) }).keys()];
    const blamed = ['lib/element/specs.ts', 'lib/event/gadget-events.ts', 'functions/api/contract/plan.ts'];
    expect(found.toSorted()).toEqual(blamed.toSorted());
  });

  it('does not compile without its new files', () => {
    // The compiler cannot check that the contract runs on every engine.
    const left = Object.keys(everything).filter((path) => !isThere(path) && !path.endsWith('.test.ts'));
    const rest = without(left);
    const told = [...compiler.errors(rest, Object.keys(rest)).values()].join();
    expect(
      left.filter((path) => !new RegExp(`Cannot find module '[./\\w]*/${basename(path)}'`).test(told)),
    ).toEqual([]);
  });

  it('does not compile without its first files', () => {
    const left = additions.flatMap(({ first }) => first).filter(isThere);
    const found = compiler.errors(without(left), Object.keys(everything));
    const compiled = additions.filter(
      ({ first, files }) => first.some(isThere) && !Object.keys(files).some((path) => found.has(path)),
    );
    expect(compiled).toEqual([]);
  });
});
