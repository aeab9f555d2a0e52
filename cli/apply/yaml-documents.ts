import {
  Composer,
  isAlias,
  isMap,
  isNode,
  isScalar,
  isSeq,
  Lexer,
  LineCounter,
  type Node,
  Parser,
  visit,
} from 'yaml';
import { UsageError } from '../usage-error.ts';

/** The most bytes of a file. */
export const MAX_FILE_BYTES = 2 ** 20;
const MAX_DOCUMENTS = 1_000;
/** The depth limit for reading, two for each level of a map; a parser without one would crash the process. */
const MAX_OPEN = 200;

/** A document of a file. */
export interface YamlDocument {
  /** JSON. */
  readonly value: unknown;
  /** `file:line:column` for a path such as `spec.process.args[0]`, or for the nearest existing part. */
  at(path: string): string;
}

/** Turns off ambiguous features of YAML, so that all readers agree. */
const OPTIONS = {
  version: '1.2',
  schema: 'core',
  strict: true,
  // This check compares each key with every other.
  uniqueKeys: false,
  stringKeys: true,
  merge: false,
  prettyErrors: false,
} as const;

/** The part of a value for the first step of a path, and the rest of the path. */
const step = (node: unknown, path: string): [part: unknown, rest: string] | undefined => {
  if (isSeq(node)) {
    const [, at, rest = ''] = /^\[(\d+)\]\.?(.*)$/s.exec(path) ?? [];
    return at === undefined ? undefined : [node.items[Number(at)], rest];
  }
  if (!isMap(node)) return undefined;
  // A key may have dots.
  const named = node.items
    .map((pair) => [String(isScalar(pair.key) ? pair.key.value : pair.key), pair] as const)
    .filter(([key]) => path === key || path.startsWith(`${key}.`) || path.startsWith(`${key}[`))
    .toSorted(([a], [b]) => b.length - a.length)[0];
  if (!named) return undefined;
  const [key, pair] = named;
  const rest = path.slice(key.length).replace(/^\./, '');
  return [rest === '' || !pair.value ? pair.key : pair.value, rest];
};

const offsetOf = (node: unknown, path: string): number | undefined => {
  const found = path === '' ? undefined : step(node, path);
  return (found && offsetOf(found[0], found[1])) ?? (node as Node | undefined)?.range?.[0];
};

/** Why a node is refused; undefined if it is not. */
const refusalOf = (node: unknown): string | undefined => {
  if (isAlias(node)) return `the alias *${node.source} is not taken: write out what it stands for`;
  if (!isNode(node)) return undefined;
  const { anchor, tag } = node as { anchor?: string; tag?: string };
  if (anchor !== undefined) return `the anchor &${anchor} is not taken: write out what is said twice`;
  if (tag !== undefined)
    return `the tag ${tag} is not taken: leave it out, and put text that reads as something else into quotes`;
  if (isScalar(node) && typeof node.value === 'number' && !Number.isFinite(node.value))
    return 'is no number that JSON has: put it into quotes if it is text';
  return undefined;
};

/** The documents of a text; `called` names it in messages. Throws `UsageError` with the places of errors. */
export const readDocuments = (text: string, called: string): YamlDocument[] => {
  const lines = new LineCounter();
  lines.addNewLine(0);
  const placeOf = (offset: number): string => {
    const { line, col } = lines.linePos(offset);
    return `${called}:${line}:${col}`;
  };
  const refuse = (offset: number, reason: string): never => {
    throw new UsageError(`${placeOf(offset)}: ${reason}`);
  };
  const parser = new Parser(lines.addNewLine);
  const parsed = function* () {
    for (const lexeme of new Lexer().lex(text)) {
      for (const token of parser.next(lexeme)) {
        if (token.type === 'error') refuse(token.offset, token.message);
        yield token;
      }
      if (parser.stack.length > MAX_OPEN) refuse(parser.offset, 'is nested too deep');
    }
    yield* parser.end();
  };
  const found: YamlDocument[] = [];
  for (const document of new Composer(OPTIONS).compose(parsed(), false, text.length)) {
    const [wrong] = [...document.errors, ...document.warnings];
    if (wrong) refuse(wrong.pos[0], wrong.message);
    const { yaml, tags } = document.directives ?? {};
    if (yaml?.explicit || Object.keys(tags ?? {}).length > 1)
      refuse(document.range[0], 'the directives (%) of this document are not taken: leave them out');
    // One function for all nodes: a visitor for maps would replace one for nodes.
    visit(document, (_, node) => {
      const reason = refusalOf(node);
      if (reason !== undefined) refuse((node as Node).range?.[0] ?? 0, reason);
      if (!isMap(node)) return;
      const seen = new Set<unknown>();
      for (const { key } of node.items) {
        const said = isScalar(key) ? key.value : undefined;
        const offset = (key as Node | null)?.range?.[0] ?? 0;
        if (seen.has(said)) refuse(offset, `the key ${said} occurs twice: leave one out`);
        if (said === '__proto__') refuse(offset, 'no key is called __proto__');
        seen.add(said);
      }
    });
    const value: unknown = document.toJS({ maxAliasCount: 0 });
    // A mark at the end of a file, or a comment alone, is no document.
    if (value === null) continue;
    if (found.length === MAX_DOCUMENTS)
      refuse(document.range[0], `more than ${MAX_DOCUMENTS} documents: part them into several files`);
    const { contents } = document;
    found.push({ value, at: (path) => placeOf(offsetOf(contents, path) ?? document.range[0]) });
  }
  return found;
};
