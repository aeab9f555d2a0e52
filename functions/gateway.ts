import type { Env, Hono } from 'hono';
import {
  type APIGatewayProxyResult,
  defaultIsContentTypeBinary,
  handle,
  type LambdaContext,
  type LambdaEvent,
} from 'hono/aws-lambda';
import { percentDecoded } from './decoded-path.ts';

/** Payload format 2.0, of HTTP APIs and function URLs. */
type Event = Extract<LambdaEvent, { readonly rawPath: string }>;

/**
 * The path of an event in its encoded form. An HTTP API passes it decoded, so that every character is literal. A
 * function URL passes it as it was sent, with the decoded form beside it.
 */
const encodedPath = ({ rawPath, requestContext }: Event): string => {
  const { path } = requestContext.http;
  if (rawPath !== path && percentDecoded(rawPath) === path) return rawPath;
  return encodeURI(rawPath.toWellFormed()).replaceAll('?', '%3F').replaceAll('#', '%23');
};

/** Hono drops a header without a value, and a condition in it would be dropped instead of refused. */
const withEmpty = (headers: Event['headers'] = {}): Event['headers'] =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, value === '' ? ' ' : value]));

/** A Request with one of these methods cannot have a body; a server does not read it either. */
const BODILESS = ['GET', 'HEAD'];

/** The event from which Hono makes the request that the caller sent. */
const asSent = (event: Event): Event => ({
  ...event,
  rawPath: encodedPath(event),
  headers: withEmpty(event.headers),
  body: BODILESS.includes(event.requestContext.http.method) ? null : event.body,
});

/**
 * Whether an answer goes to the gateway in base64: binary content, and manifests, which have to arrive byte for
 * byte.
 */
const isContentTypeBinary = (type: string): boolean =>
  type.startsWith('application/vnd.') || defaultIsContentTypeBinary(type);

/** Handles the calls that API Gateway passes to an app. */
export const behindGateway = <E extends Env>(app: Hono<E>) => {
  const handler = handle(app, { isContentTypeBinary });
  return (event: LambdaEvent, context?: LambdaContext): Promise<APIGatewayProxyResult> =>
    handler('rawPath' in event ? asSent(event) : event, context);
};
