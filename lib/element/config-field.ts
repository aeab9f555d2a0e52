import type * as z from 'zod/mini';
import { isObject } from '../is-object.ts';

/** Called with each field of a specification that cannot have the config's value, and the reason. */
export type Name = (field: string, reason: string) => void;

export const shown = (value: unknown): string => {
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 200 ? `${text.slice(0, 200).toWellFormed()}…` : text;
};

/** Whether a config leaves a field out: lists and maps may be `null`, and texts empty. */
export const isUnsaid = (value: unknown): boolean =>
  value === undefined ||
  value === null ||
  value === '' ||
  (Array.isArray(value) && value.length === 0) ||
  (isObject(value) && Object.keys(value).length === 0);

/** The value if the field accepts it; undefined otherwise, or if the config leaves it out. */
export const kept = <T>(
  schema: z.ZodMiniType<T> | z.ZodMiniOptional<z.ZodMiniType<T>>,
  field: string,
  said: unknown,
  value: unknown,
  name: Name,
): T | undefined => {
  if (isUnsaid(said)) return undefined;
  const { success, data, error } = schema.safeParse(value);
  if (success) return data;
  const [issue] = error.issues;
  name(field, `is ${shown(said)}: ${issue?.message ?? 'is not kept'}`);
  return undefined;
};

/** The keys of a map whose values are accepted; it reports the others. */
export const keysKept = (
  said: unknown,
  field: string,
  isTaken: (key: string) => boolean,
  name: Name,
): string[] => {
  const keys = isObject(said) ? Object.keys(said) : [];
  const refused = keys.filter((key) => !isTaken(key));
  if (refused.length > 0) name(field, `has ${shown(refused)}, which is not kept`);
  return keys.filter((key) => !refused.includes(key));
};
