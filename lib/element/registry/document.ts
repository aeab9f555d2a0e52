import { type Issue, invalidRequest } from '../../errors.ts';
import { isObject } from '../../is-object.ts';
import { MAX_VALUES } from '../../validation.ts';

/** Objects of users, with arbitrary keys. */
const FREE = ['annotations', 'Labels'];

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const TOKEN = /"(?:[^"\\]|\\.)*"|[{}[\],:]|[^\s{}[\],:"]+/g;

interface Level {
  /** For an object: its keys so far. */
  readonly keys?: Set<string>;
  /** The path for messages. */
  readonly path: string;
  isFree: boolean;
  at: number;
  key: string;
}

/**
 * JSON that parsers read differently: a repeated key in an object, a key that differs from a known one only in
 * case (Go takes it for that), `__proto__`.
 */
const ambiguities = (text: string, root: string, known: ReadonlySet<string>): Issue | undefined => {
  const lower = new Map([...known].map((key) => [key.toLowerCase(), key]));
  const levels: Level[] = [];
  let values = 0;
  let expectsKey = false;
  for (const [token] of text.matchAll(TOKEN)) {
    const level = levels.at(-1);
    if (token === '}' || token === ']') levels.pop();
    else if (token === ':') expectsKey = false;
    else if (token === ',') {
      if (level) level.at += 1;
      expectsKey = level?.keys !== undefined;
    } else if (expectsKey && level?.keys && token.startsWith('"')) {
      const key = JSON.parse(token) as string;
      const path = `${level.path}.${key}`;
      if (level.keys.has(key)) return { path, message: 'occurs twice: leave one out' };
      if (key === '__proto__') return { path, message: 'is a key that is not taken: leave it out' };
      const meant = lower.get(key.toLowerCase());
      if (!level.isFree && meant !== undefined && meant !== key)
        return {
          path,
          message: `differs from the known key \`${meant}\` only in case, and some parsers treat both as one key: write \`${meant}\``,
        };
      level.keys.add(key);
      level.key = key;
      expectsKey = false;
    } else {
      values += 1;
      if (values > MAX_VALUES) return { path: root, message: `has more than ${MAX_VALUES} values` };
      if (token !== '{' && token !== '[') continue;
      const path = !level ? root : level.keys ? `${level.path}.${level.key}` : `${level.path}[${level.at}]`;
      const isFree = level?.isFree === true || FREE.includes(level?.key ?? '');
      levels.push({ ...(token === '{' ? { keys: new Set<string>() } : {}), path, isFree, at: 0, key: '' });
      expectsKey = token === '{';
    }
  }
  return undefined;
};

/**
 * The object of a document, if all parsers read it in the same way. Throws `invalid-request`; `known` are the
 * keys with a meaning.
 */
export const parseDocument = (
  bytes: Uint8Array,
  path: string,
  known: ReadonlySet<string>,
): Record<string, unknown> => {
  let text: string;
  let value: unknown;
  try {
    text = utf8.decode(bytes);
    value = JSON.parse(text);
  } catch (error) {
    throw invalidRequest({ path, message: `is no JSON in UTF-8: ${(error as Error).message}` });
  }
  if (!isObject(value)) throw invalidRequest({ path, message: 'is no JSON object' });
  const issue = ambiguities(text, path, known);
  if (issue) throw invalidRequest(issue);
  return value;
};
