import { createHash } from 'node:crypto';
import type { Context } from 'hono';
import * as z from 'zod/mini';
import type { Relay } from '../../lib/composition/session/session.ts';
import type { Credential } from '../../lib/credential.ts';
import { invalidRequest, type ProblemCode, TaskportError } from '../../lib/errors.ts';
import { optional } from '../../lib/facts.ts';
import { opaque } from '../../lib/formats.ts';
import type { Idempotency } from '../../lib/idempotency.ts';
import type { Caller } from '../../lib/principal.ts';
import type { Shown } from '../../lib/shown.ts';
import { MAX_VALUES, validate } from '../../lib/validation.ts';

/** The context of every route. */
export interface ApiEnvironment {
  /**
   * `stopping` comes from a server, where an answer may continue until it stops; `relay` connects sessions. A
   * call of a function has neither.
   */
  Bindings: { stopping?: AbortSignal; relay?: Relay };
  /**
   * `problem` is the problem that answered the call, if there is one, and `cause` its cause for operators;
   * `operation` names the call, if no route does; `credential` is the one that a client of the registry brought.
   */
  Variables: {
    requestId: string;
    caller: Caller;
    problem?: ProblemCode;
    cause?: unknown;
    operation?: string;
    credential?: Credential;
  };
}

export type ApiContext = Context<ApiEnvironment>;

const utf8 = new TextDecoder('utf-8', { fatal: true });

const isForbidden = (key: string): boolean => key === '__proto__';

/** Throws `unsupported-media-type` unless the body has this type. */
const assertMediaType = (c: ApiContext, expected: string): void => {
  const type = c.req.header('content-type')?.split(';', 1)[0]?.trim().toLowerCase();
  if (type === expected) return;
  if (c.req.method === 'PATCH') c.header('accept-patch', expected);
  throw new TaskportError(
    'unsupported-media-type',
    `the body is not ${expected}: send it as that, and say so in \`Content-Type\``,
    { expected },
  );
};

/** The body as bytes. */
export const readBytes = async (c: ApiContext): Promise<Uint8Array> =>
  new Uint8Array(await c.req.arrayBuffer());

/** The body as JSON (RFC 8259). Throws `unsupported-media-type`, and `invalid-request` if it is no JSON. */
export const readJson = async (c: ApiContext, mediaType = 'application/json'): Promise<unknown> => {
  assertMediaType(c, mediaType);
  const bytes = await readBytes(c);
  if (bytes.length === 0) throw invalidRequest({ path: 'body', message: 'is empty: send JSON' });
  let text: string;
  try {
    text = utf8.decode(bytes);
  } catch {
    throw invalidRequest({ path: 'body', message: 'is not UTF-8: send it in that encoding' });
  }
  try {
    let values = 0;
    return JSON.parse(text, (key, value) => {
      // Validation drops an own `__proto__`, and nothing may be dropped silently.
      if (isForbidden(key)) throw invalidRequest({ path: key, message: 'unknown field' });
      values += 1;
      if (values > MAX_VALUES) {
        throw invalidRequest({
          path: 'body',
          message: `has more than ${MAX_VALUES} values: make several calls`,
        });
      }
      return value;
    });
  } catch (error) {
    if (error instanceof TaskportError) throw error;
    if (error instanceof RangeError)
      throw invalidRequest({ path: 'body', message: 'is nested too deeply: flatten it' });
    throw invalidRequest({ path: 'body', message: `is not JSON: ${(error as Error).message}` });
  }
};

/** As `readJson`, but an absent body is an empty object. */
export const readOptionalJson = async (c: ApiContext): Promise<unknown> =>
  (await readBytes(c)).length === 0 ? {} : readJson(c);

const KEY = /^[\x21-\x7e]{1,255}$/;

/** The `Idempotency-Key` of a request and the digest of the request; undefined without a key. */
export const readIdempotency = async (c: ApiContext): Promise<Idempotency | undefined> => {
  const key = c.req.header('idempotency-key');
  if (key === undefined) return undefined;
  if (!KEY.test(key)) {
    throw invalidRequest({ path: 'Idempotency-Key', message: 'must be 1 to 255 visible ASCII characters' });
  }
  const digest = createHash('sha256')
    .update(`${c.req.method} ${c.req.path}\n`)
    .update(await readBytes(c))
    .digest('base64url');
  return { principal: c.get('caller').principal, key, digest };
};

/** Marks the answer as a replay, if it is one. */
export const markReplayed = (c: ApiContext, replayed: boolean): void => {
  if (replayed) c.header('idempotency-replayed', 'true');
};

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

/** Makes URLs of WebSockets on the server that the client called. */
export const socketUrl =
  (c: ApiContext) =>
  (path: string): string =>
    new URL(path, c.req.url).href.replace(/^http/, 'ws');
