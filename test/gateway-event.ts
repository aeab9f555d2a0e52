import { randomUUID } from 'node:crypto';
import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import { defined } from '../lib/defined.ts';

/** Media types that the gateway passes as text; others are base64. */
const TEXT = /^(text\/.*|application\/(json|xml|javascript))$/;

const decoder = new TextDecoder();

/** Decodes escapes to any bytes; invalid escapes stay. */
const decode = (path: string): string => {
  const bytes: number[] = [];
  for (let at = 0; at < path.length; at += 1) {
    const escaped = /^%[0-9a-f]{2}/i.exec(path.slice(at, at + 3));
    bytes.push(...(escaped ? [Number.parseInt(escaped[0].slice(1), 16)] : Buffer.from(path[at] as string)));
    if (escaped) at += 2;
  }
  return decoder.decode(Uint8Array.from(bytes));
};

/** Lower-cased, with values of one name joined, and cookies separate. */
const headersOf = (
  given: Readonly<Record<string, string>>,
): Pick<APIGatewayProxyEventV2, 'headers' | 'cookies'> => {
  const joined: Record<string, string> = {};
  for (const [name, value] of Object.entries(given)) {
    const key = name.toLowerCase();
    joined[key] = key in joined ? `${joined[key]},${value}` : value;
  }
  const { cookie, ...others } = joined;
  const headers = { host: 'api.example.com', 'x-forwarded-proto': 'https', ...others };
  return defined({ headers, cookies: cookie === undefined ? undefined : cookie.split(/; */) });
};

const bodyOf = (
  type: string | undefined,
  payload: string | Uint8Array | undefined,
): Pick<APIGatewayProxyEventV2, 'body' | 'isBase64Encoded'> => {
  if (payload === undefined || payload.length === 0) return { isBase64Encoded: false };
  const bytes = Buffer.from(payload as string);
  const isBase64Encoded = !TEXT.test(type?.split(';')[0]?.trim().toLowerCase() ?? '');
  return { body: bytes.toString(isBase64Encoded ? 'base64' : 'utf8'), isBase64Encoded };
};

/**
 * A request in the form in which an HTTP API of API Gateway passes it to a function (payload format 2.0): its path decoded, and cut at an encoded
 * question mark; its query unchanged. `target` is that of the request line.
 */
export const gatewayEvent = (
  method: string,
  target: string,
  authorizer: object,
  given: Readonly<Record<string, string>>,
  payload: string | Uint8Array | undefined,
): APIGatewayProxyEventV2 => {
  const [, sent = '', rawQueryString = ''] = /^([^?]*)\??(.*)$/s.exec(target) ?? [];
  const [rawPath = ''] = decode(sent).split('?');
  const { headers, cookies } = headersOf(given);
  return {
    version: '2.0',
    routeKey: 'ANY /{proxy+}',
    rawPath,
    rawQueryString,
    ...defined({ cookies }),
    headers,
    pathParameters: { proxy: rawPath.slice(1) },
    ...bodyOf(headers['content-type'], payload),
    requestContext: {
      accountId: '123456789012',
      apiId: 'api',
      domainName: 'api.example.com',
      domainPrefix: 'api',
      http: { method, path: rawPath, protocol: 'HTTP/1.1', sourceIp: '127.0.0.1', userAgent: 'test' },
      requestId: randomUUID(),
      routeKey: 'ANY /{proxy+}',
      stage: '$default',
      time: '',
      timeEpoch: 0,
      authorizer,
    } as APIGatewayProxyEventV2['requestContext'],
  };
};
