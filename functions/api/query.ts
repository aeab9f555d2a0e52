import * as z from 'zod/mini';
import { invalidRequest } from '../../lib/errors.ts';
import { optional } from '../../lib/facts.ts';
import { opaque } from '../../lib/formats.ts';
import type { Shown } from '../../lib/shown.ts';
import { validate } from '../../lib/validation.ts';
import { isForbidden } from './body.ts';
import type { ApiContext } from './request.ts';

const MAX_LIMIT = 1000;
const DEFAULT_LIMIT = 100;

const limit = z.pipe(
  z.pipe(z.string().check(z.regex(/^\d{1,6}$/, 'must be a number')), z.transform(Number)),
  z.int().check(z.minimum(1), z.maximum(MAX_LIMIT)),
);

/** The parameters of every list. */
export const pageParameters = {
  limit: z._default(optional(limit, 'The maximum number of items on a page.'), DEFAULT_LIMIT),
  cursor: optional(
    opaque,
    'The `cursor` of the previous page. It is valid only for the same query. Absent for the first page.',
  ),
};

/** The query of a list without further parameters. */
export const pageQuery = z.strictObject(pageParameters);

/** The query's parameters in the types of the schema. Throws `invalid-request` for an unknown or repeated one. */
export const readQuery = <T extends z.ZodMiniType>(
  c: ApiContext,
  schema: T,
  repeatable: readonly string[] = [],
): Shown<T> => {
  const query: Record<string, unknown> = {};
  const given = new URL(c.req.url).searchParams;
  for (const name of new Set(given.keys())) {
    const values = given.getAll(name);
    if (isForbidden(name)) throw invalidRequest({ path: `?${name}`, message: 'unknown field' });
    if (!repeatable.includes(name) && values.length > 1) {
      throw invalidRequest({ path: `?${name}`, message: 'is given more than once: give it once' });
    }
    query[name] = repeatable.includes(name) ? values : values[0];
  }
  return validate(schema, query, '?');
};
