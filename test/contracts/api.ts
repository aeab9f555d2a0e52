import { randomUUID } from 'node:crypto';
import { createApp } from '../../functions/api/app.ts';
import { DEFAULT_SILENCE_SECONDS, type Dependencies } from '../../functions/dependencies.ts';
import { EventLogTable } from '../../lib/adapters/dynamodb/event-log-table.ts';
import { OutputTable } from '../../lib/adapters/dynamodb/output-table.ts';
import { RunnerTable } from '../../lib/adapters/dynamodb/runner-table.ts';
import { SessionTable } from '../../lib/adapters/dynamodb/session-table.ts';
import { createSaves } from '../../lib/composition/saves.ts';
import { defined } from '../../lib/defined.ts';
import { S3_LIMITS } from '../../lib/element/upload/upload.ts';
import { LocationCache } from '../../lib/location/location-cache.ts';
import type { Stores } from './stores.ts';

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  // biome-ignore lint/suspicious/noExplicitAny: tests read any member of an answer.
  readonly body: any;
}

/** Calls the API with a method, a path below `/v1`, a JSON body, and headers. */
export type Api = (
  request: `${'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'} ${string}`,
  body?: unknown,
  headers?: Readonly<Record<string, string>>,
) => Promise<Answer>;

export const dependenciesOn = ({
  elements,
  tags,
  compositions,
  blobs,
  locations,
  idempotency,
  table,
}: Stores): Dependencies => ({
  elements,
  tags,
  compositions,
  saves: createSaves({ elements, compositions, now: Date.now }),
  deployment: table.name,
  outputs: new OutputTable(table),
  // These tests read no events, so the table of events does not exist.
  log: new EventLogTable(table),
  blobs,
  locations,
  idempotency,
  runners: new RunnerTable(table),
  sessions: new SessionTable(table),
  silenceSeconds: DEFAULT_SILENCE_SECONDS,
  administrators: new Set(['local']),
  engines: new Set(),
  known: new LocationCache(locations, Date.now),
  now: Date.now,
  newId: randomUUID,
  limits: S3_LIMITS,
});

/** The API on these stores, like a new process without cached locations. */
export const apiOn = (stores: Stores, dependencies = dependenciesOn(stores)): Api => {
  const app = createApp(dependencies, { localPrincipal: 'local', log: () => {} });
  return async (request, body, headers = {}) => {
    const [method = '', path = ''] = request.split(' ');
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
};
