import { readFile } from 'node:fs/promises';
import type { Plugin } from 'esbuild';
import { parseSync, Visitor } from 'oxc-parser';

/** A replacement of `lib/facts.ts`: the bundler removes calls of functions that do nothing. */
const FACTS = "export { optional } from 'zod/mini'; export function described(schema) { return schema; }";

/** The call that defines an event, with its description. */
const EVENTS = 'defineEvent(';

/** A module without the descriptions of its fields and events. */
const plain = (path: string, source: string): string => {
  const said: [from: number, to: number][] = [];
  const visitor = new Visitor({
    CallExpression: ({ callee, arguments: [schema, known] }) => {
      const isField =
        callee.type === 'Identifier' && (callee.name === 'described' || callee.name === 'optional');
      if (isField && schema && known) said.push([schema.end, known.end]);
    },
    Property: ({ key, start, end }) => {
      const isMeaning = key.type === 'Identifier' && key.name === 'meaning';
      if (isMeaning && source.includes(EVENTS)) said.push([start, source.indexOf(',', end) + 1]);
    },
  });
  visitor.visit(parseSync(path, source).program);
  return said
    .toSorted(([a], [b]) => b - a)
    .reduce((text, [from, to]) => `${text.slice(0, from)}${text.slice(to)}`, source);
};

/** Leaves the descriptions of fields and events out of a bundle: only documentation reads them. */
export const withoutFacts: Plugin = {
  name: 'without-facts',
  setup: ({ onLoad }) =>
    onLoad({ filter: /\/(lib|functions)\/.*\.ts$/ }, async ({ path }) => {
      if (path.endsWith('/lib/facts.ts')) return { contents: FACTS, loader: 'ts' };
      const source = await readFile(path, 'utf8');
      return source.includes('/facts.ts') || source.includes(EVENTS)
        ? { contents: plain(path, source), loader: 'ts' }
        : undefined;
    }),
};
