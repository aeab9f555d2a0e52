import { invalidRequest, TaskportError } from '../../lib/errors.ts';
import { MAX_VALUES } from '../../lib/validation.ts';
import type { ApiContext } from './request.ts';

const utf8 = new TextDecoder('utf-8', { fatal: true });

/** Whether validation would drop a field of this name silently. */
export const isForbidden = (key: string): boolean => key === '__proto__';

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
