import * as z from 'zod/mini';
import { type Issue, invalidRequest } from './errors.ts';
import { issueInWords } from './issue-in-words.ts';
import type { Shown } from './shown.ts';

/**
 * The words are passed to each call, and not configured globally, so that a program that uses the library keeps
 * its own.
 */
const words = { error: issueInWords };

/** The most values of a document, far more than any needs. Many times as many would exhaust the stack. */
export const MAX_VALUES = 20_000;

/** For stored text: a lone surrogate has no UTF-8. */
export const wellFormed = z.refine<string>((value) => value.isWellFormed(), 'must be well-formed Unicode');

/** Renders a path into a document in the usual form: `spec.process.args[0]`. */
const formatPath = (path: readonly PropertyKey[]): string =>
  path.reduce<string>(
    (text, step) =>
      typeof step === 'number' ? `${text}[${step}]` : text === '' ? String(step) : `${text}.${String(step)}`,
    '',
  );

const toIssues = (error: z.core.$ZodError, root: string): Issue[] =>
  error.issues.flatMap((issue): Issue[] => {
    const at = (...rest: PropertyKey[]): string => {
      const path = formatPath([...issue.path, ...rest]);
      if (root === '?') return `?${path}`;
      return [root, path].filter((part) => part !== '').join(path.startsWith('[') ? '' : '.') || 'body';
    };
    if (issue.code === 'unrecognized_keys')
      return issue.keys.map((key) => ({ path: at(key), message: 'unknown field' }));
    return [{ path: at(), message: issue.message }];
  });

/**
 * The value in the type of the schema. Throws `invalid-request` with every wrong path below `root` (`?` for a
 * query).
 */
export const validate = <T extends z.ZodMiniType>(schema: T, value: unknown, root = ''): Shown<T> => {
  const result = schema.safeParse(value, words);
  if (!result.success) throw invalidRequest(...toIssues(result.error, root));
  return result.data as Shown<T>;
};
