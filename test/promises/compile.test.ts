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
  it('is in the files that CONTRIBUTING.md names', () => {
    expect(Object.keys(files).toSorted()).toEqual(placesOf(called, 'gadget').toSorted());
  });
});

describe('what is added', () => {
  it('compiles where every file says its part', () => {
    expect(compiler.errors(everything)).toEqual(new Map());
  });

  it('is missed in exactly the other files, once its first ones are there', () => {
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

  it('is held to what else is said of it', () => {
    const contradicted: readonly (readonly [path: string, said: string, instead: string])[] = [
      // What runs has the specification of tasks,
      ['lib/kind/gadget.ts', "joins: 'plainly'", "joins: 'run'"],
      // an event tells what its schema says,
      ['lib/event/gadget-events.ts', 'of: () => []', "of: () => [{ colour: 'red' }]"],
      // and the document what a plan has.
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

  it('does not compile without the files that are new', () => {
    // That the contract runs on every engine is not for the compiler to see.
    const left = Object.keys(everything).filter((path) => !isThere(path) && !path.endsWith('.test.ts'));
    const rest = without(left);
    const told = [...compiler.errors(rest, Object.keys(rest)).values()].join();
    expect(
      left.filter((path) => !new RegExp(`Cannot find module '[./\\w]*/${basename(path)}'`).test(told)),
    ).toEqual([]);
  });

  it('does not compile without the files that it begins with', () => {
    const left = additions.flatMap(({ first }) => first).filter(isThere);
    const found = compiler.errors(without(left), Object.keys(everything));
    const compiled = additions.filter(
      ({ first, files }) => first.some(isThere) && !Object.keys(files).some((path) => found.has(path)),
    );
    expect(compiled).toEqual([]);
  });
});
