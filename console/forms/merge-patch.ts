import { isObject } from '../../lib/is-object.ts';

type Json = unknown;

/** The merge patch (RFC 7396) from one value to another; undefined if they are equal. */
export const mergePatch = (from: Json, to: Json): Json => {
  if (JSON.stringify(from) === JSON.stringify(to)) return undefined;
  if (!isObject(from) || !isObject(to)) return to === undefined ? null : to;
  const patch: Record<string, Json> = {};
  for (const key of new Set([...Object.keys(from), ...Object.keys(to)])) {
    const change = mergePatch(from[key], to[key]);
    if (change !== undefined) patch[key] = change;
  }
  return Object.keys(patch).length === 0 ? undefined : patch;
};
