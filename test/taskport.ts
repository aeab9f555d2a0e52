import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { serve } from '@hono/node-server';
import type { APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import { inject } from 'vitest';
import { createApp } from '../functions/api/app.ts';
import { createDependencies, type Dependencies } from '../functions/dependencies.ts';
import { behindGateway } from '../functions/gateway.ts';
import { localEnvironment } from '../infra/local/client-config.ts';
import { asFunction } from '../infra/local/function-calls.ts';
import { LocalRelay } from '../infra/local/relay/relay.ts';
import { logTableSchema, type TableSchema } from '../lib/adapters/dynamodb/table-schema.ts';
import { environmentNames } from '../lib/adapters/environment.ts';
import { defined } from '../lib/defined.ts';
import './equal-bytes.ts';
import './privileges/recording.ts';
import { TEST_BUCKET } from './engine-setup.ts';
import { gatewayEvent } from './gateway-event.ts';
import { assertDocumented, type Exchange } from './openapi/checker.ts';
import { PATIENCE } from './patience.ts';
import { openTable } from './tables.ts';

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  // biome-ignore lint/suspicious/noExplicitAny: tests read any member of an answer.
  readonly body: any;
}

export interface Call {
  readonly body?: unknown;
  readonly headers?: Record<string, string>;
  /** Sent unchanged, instead of JSON. */
  readonly raw?: string | Uint8Array;
}

/** A Taskport on the real engines, with its own table. */
export interface Taskport {
  readonly table: string;
  readonly dependencies: Dependencies;
  /** Its URL, for the principal `local`. */
  readonly url: string;
  /** Calls it over HTTP, by @hono/node-server, as the principal `local`. */
  call(method: string, path: string, call?: Call): Promise<Answer>;
  /** Calls it like API Gateway behind its IAM authorizer; the path is passed unchanged. */
  callAs(userArn: string, method: string, path: string, call?: Call): Promise<Answer>;
  /** The same behind an authorizer with this context. */
  callBehind(authorizer: object, method: string, path: string, call?: Call): Promise<Answer>;
  stop(): Promise<void>;
}

/** The administrator of every Taskport of the tests, beside `local`. */
export const ADMINISTRATOR = 'arn:aws:iam::123456789012:role/administrator';

const JSON_TYPES: Record<string, string> = { PATCH: 'application/merge-patch+json' };

const parse = (text: string): unknown => {
  try {
    return text === '' ? undefined : JSON.parse(text);
  } catch {
    return text;
  }
};

const prepare = (method: string, { body, headers = {}, raw }: Call) => ({
  headers: {
    ...defined({
      'content-type': body === undefined ? undefined : (JSON_TYPES[method] ?? 'application/json'),
    }),
    ...headers,
  },
  payload: raw ?? (body === undefined ? undefined : JSON.stringify(body)),
});

/** Every call of every test is checked against the document. */
const assertAsDocumented = (
  method: string,
  path: string,
  headers: Record<string, string>,
  payload: string | Uint8Array | undefined,
  answer: Exchange['answer'],
): void => {
  const request = {
    type: new Headers(headers).get('content-type'),
    text: typeof payload === 'string' ? payload : payload && Buffer.from(payload).toString('utf8'),
  };
  assertDocumented({ method, path, request, answer });
};

/** Points all SDK clients of this process at the engines. */
export const useEngines = (dynamodbUrl = inject('dynamodbUrl'), s3Url = inject('s3Url')): void => {
  Object.assign(process.env, localEnvironment, {
    AWS_ENDPOINT_URL_DYNAMODB: dynamodbUrl,
    AWS_ENDPOINT_URL_S3: s3Url,
    AWS_ENDPOINT_URL_SECRETS_MANAGER: inject('secretsUrl'),
    [environmentNames.registrySecret]: `registry-${randomUUID()}`,
  });
};

/** The table of events beside a table. */
export const logTableOf = (table: string): string => `${table}-log`;

/** The retention of events in tests, in days. */
export const AUDIT_DAYS = 400;

/** Starts a Taskport; `dynamodbUrl` is its metadata engine, or a proxy before it. Its table has no stream, unless the schema has one. */
export const startTaskport = async (
  dynamodbUrl = inject('dynamodbUrl'),
  s3Url = inject('s3Url'),
  schema?: TableSchema,
): Promise<Taskport> => {
  const table = `test-${randomUUID()}`;
  useEngines(dynamodbUrl, s3Url);
  await openTable(inject('dynamodbUrl'), table, schema);
  await openTable(inject('dynamodbUrl'), logTableOf(table), logTableSchema);
  const dependencies = createDependencies({
    table,
    log: logTableOf(table),
    bucket: TEST_BUCKET,
    administrators: ['local', ADMINISTRATOR],
    engines: ['fargate'],
    store: 'trusting',
  });
  const app = createApp(dependencies, { localPrincipal: 'local', log: () => {} });
  const handler = behindGateway(app);
  const lambda: typeof handler = (...call) => asFunction('api', () => handler(...call));
  const relay = new LocalRelay();
  const fetchAsApi: typeof app.fetch = (request, bindings) =>
    asFunction('api', () => app.fetch(request, { ...bindings, relay }));
  const server = await new Promise<{ port: number; close: () => Promise<void> }>((settle) => {
    const started = serve({ fetch: fetchAsApi, port: 0, hostname: '127.0.0.1' }, ({ port }) =>
      settle({ port, close: () => new Promise((closed) => started.close(() => closed())) }),
    );
    started.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) =>
      relay.upgrade(request, socket, head, 'local'),
    );
    // Longer than any pause of a test: a connection that closes as it is reused looks like a fault.
    if ('keepAliveTimeout' in started) started.keepAliveTimeout = PATIENCE.timeout;
  });
  const callBehind: Taskport['callBehind'] = async (authorizer, method, path, call = {}) => {
    const { headers, payload } = prepare(method, call);
    const event = gatewayEvent(method, path, authorizer, headers, payload);
    const answer = (await lambda(event as never)) as APIGatewayProxyStructuredResultV2;
    const { statusCode: status = 0, body: text = '' } = answer;
    const answered = new Headers(answer.headers as Record<string, string>);
    assertAsDocumented(method, path, headers, payload, { status, headers: answered, text });
    return { status, headers: answered, body: parse(text) };
  };
  const url = `http://127.0.0.1:${server.port}`;
  return {
    table,
    url,
    dependencies,
    async call(method, path, call = {}) {
      const { headers, payload } = prepare(method, call);
      const response = await fetch(`${url}${path}`, {
        method,
        headers,
        redirect: 'manual',
        ...defined({ body: payload as string | undefined }),
      });
      const answer = { status: response.status, headers: response.headers, text: await response.text() };
      assertAsDocumented(method, path, headers, payload, answer);
      return { status: answer.status, headers: answer.headers, body: parse(answer.text) };
    },
    callAs: (userArn, ...call) => callBehind({ iam: { userArn } }, ...call),
    callBehind,
    stop: () => {
      relay.stop();
      return server.close();
    },
  };
};
