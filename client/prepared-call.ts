import { defined } from '../lib/defined.ts';
import { InputError } from '../lib/input-error.ts';
import type { Call } from './http.ts';

/** A call as a request, without credentials. */
export interface PreparedCall {
  readonly url: URL;
  readonly method: string;
  readonly headers: Record<string, string>;
  readonly body: string | Uint8Array | undefined;
}

const bodyOf = ({ method, body }: Call): { type?: string; payload: string | Uint8Array | undefined } => {
  if (body === undefined) return { payload: undefined };
  if (body instanceof Uint8Array) return { type: 'application/octet-stream', payload: body };
  const type = method === 'PATCH' ? 'application/merge-patch+json' : 'application/json';
  return { type, payload: JSON.stringify(body) };
};

/** The request of a call to the service at an address. Throws `InputError` for a path that a gateway would cut. */
export const prepare = (service: string, call: Call): PreparedCall => {
  // API Gateway decodes paths and cuts them at a question mark, and the rest would name something else.
  if (/%(2f|3f)/i.test(call.path)) throw new InputError('no name has a slash or a question mark');
  const url = new URL(`${service.replace(/\/+$/, '')}/v1${call.path}`);
  for (const [name, value] of Object.entries(call.query ?? {})) {
    if (value === undefined) continue;
    for (const each of typeof value === 'object' ? value : [value])
      url.searchParams.append(name, String(each));
  }
  const { type, payload } = bodyOf(call);
  const headers: Record<string, string> = defined({
    accept: call.accept ?? 'application/json',
    'content-type': type,
    'idempotency-key': call.method === 'POST' ? (call.idempotencyKey ?? crypto.randomUUID()) : undefined,
    'if-match': call.ifMatch,
    'if-none-match': call.isNew ? '*' : undefined,
  });
  return { url, method: call.method, headers, body: payload };
};
