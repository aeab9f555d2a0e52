/** The API in this process, on its own table, at any URL: a proxy before the engine. */

import { randomUUID } from 'node:crypto';
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { createApp } from '../../functions/api/app.ts';
import { createDependencies } from '../../functions/dependencies.ts';
import { clientConfig, localEnvironment } from '../../infra/local/client-config.ts';
import { createTable } from '../../infra/local/engines/table.ts';
import { createDynamoClient } from '../../lib/adapters/dynamodb/engine/client.ts';
import { logTableSchema } from '../../lib/adapters/dynamodb/table-schema.ts';
import { createS3Client } from '../../lib/adapters/s3/client.ts';
import { defined } from '../../lib/defined.ts';

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  // biome-ignore lint/suspicious/noExplicitAny: callers know the type of their answer.
  readonly body: any;
}

/** Calls the API: a method, and a path below `/v1`. */
export type Api = (
  method: string,
  path: string,
  body?: unknown,
  headers?: Readonly<Record<string, string>>,
) => Promise<Answer>;

/** The product's own client for this URL, in spite of later changes of the environment. */
export const connect = (url: string): DynamoDBClient => {
  Object.assign(process.env, localEnvironment);
  const client = createDynamoClient();
  const { protocol, hostname, port } = new URL(url);
  const endpoint = { protocol, hostname, port: Number(port), path: '/' };
  Object.assign(client.config, { endpoint: async () => endpoint, isCustomEndpoint: true });
  return client;
};

/** A new table on an engine, and its table of events. */
export const newTable = async (engineUrl: string): Promise<string> => {
  const table = `soak-${randomUUID()}`;
  await createTable(clientConfig(engineUrl), table);
  await createTable(clientConfig(engineUrl), `${table}-log`, logTableSchema);
  return table;
};

/** The API like a new process without cached locations. These tests use no data. */
export const apiAt = (url: string, table: string): Api & { readonly close: () => void } => {
  const [dynamodb, s3] = [connect(url), createS3Client()];
  const stores = { table, log: `${table}-log`, bucket: 'none', store: 'trusting' };
  const app = createApp(createDependencies(stores, { dynamodb, s3 }), {
    localPrincipal: 'soak',
    log: () => {},
  });
  const call: Api = async (method, path, body, headers = {}) => {
    const type = method === 'PATCH' ? 'application/merge-patch+json' : 'application/json';
    const response = await app.request(`/v1${path}`, {
      method,
      headers: { ...defined({ 'content-type': body === undefined ? undefined : type }), ...headers },
      ...defined({ body: body === undefined ? undefined : JSON.stringify(body) }),
    });
    const text = await response.text();
    return {
      status: response.status,
      headers: response.headers,
      body: text === '' ? undefined : JSON.parse(text),
    };
  };
  return Object.assign(call, { close: () => dynamodb.destroy() });
};

/** Like `apiAt`, but throws for an error. */
export const insist =
  (api: Api): Api =>
  async (method, path, body, headers) => {
    const answer = await api(method, path, body, headers);
    if (answer.status >= 300)
      throw new Error(`${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
    return answer;
  };
