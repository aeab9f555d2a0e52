import { mergePatch } from '../../lib/element/merge-patch.ts';
import type { SpecSchema } from '../../lib/element/specs.ts';
import { type Issue, invalidRequest, type TaskportError } from '../../lib/errors.ts';
import { isObject } from '../../lib/is-object.ts';
import { validate } from '../../lib/validation.ts';

/** Checks a patch of a specification: removed members must be fields, too. Throws `invalid-request`. */
export const judgeSpec = (schema: SpecSchema, patch: unknown, path: string): void => {
  validate(schema, mergePatch({}, patch), path);
  try {
    validate(schema, patch, path);
  } catch (error) {
    const issues = (error as TaskportError).members.issues as readonly Issue[];
    const unknown = issues.filter(({ message }) => message === 'unknown field');
    if (unknown.length > 0) throw invalidRequest(...unknown);
  }
};

/** In overrides, `null` removes a variable of the environment; this answers the rest, to be checked. */
export const withoutNullVariables = (spec: unknown): unknown => {
  const process = isObject(spec) ? spec.process : undefined;
  if (!isObject(process) || !Array.isArray(process.env)) return spec;
  const env = process.env.map((one) => (isObject(one) && one.value === null ? { ...one, value: '' } : one));
  return { ...(spec as object), process: { ...process, env } };
};
