/**
 * Everything that each function does, once, by the modules that Lambda loads, on their own host. Each of their permissions must be necessary for
 * something here.
 */

import { randomBytes } from 'node:crypto';
import {
  type AttributeValue,
  DynamoDBClient,
  ScanCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { CreateBucketCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { expect, vi } from 'vitest';
import { clientConfig } from '../../infra/local/client-config.ts';
import { asFunction } from '../../infra/local/function-calls.ts';
import { type Host, startHost } from '../../infra/local/host.ts';
import { CompositionTable } from '../../lib/adapters/dynamodb/composition-table.ts';
import { Table } from '../../lib/adapters/dynamodb/engine/table.ts';
import { OutputTable } from '../../lib/adapters/dynamodb/output-table.ts';
import { ENGINE_LOGS, environmentNames } from '../../lib/adapters/environment.ts';
import { createS3Client } from '../../lib/adapters/s3/client.ts';
import type { Composition } from '../../lib/composition/composition.ts';
import { defined } from '../../lib/defined.ts';
import { DEFAULT_LOG_SHARDS } from '../../lib/event/event-log.ts';
import { referOutput } from '../../lib/output/refer-output.ts';
import { Composer, type Post, reportsPath } from '../composing.ts';
import { aRequest, takeAnswer } from '../functions/deployment-answers.ts';
import { PATIENCE } from '../patience.ts';
import { digest, pathOf, sendAll, someArchive } from '../uploading.ts';

/** The table of the local host. */
const TABLE = 'taskport';
const TWO_PIECES = 6 * 2 ** 30;

interface Answered {
  readonly status: number;
  // biome-ignore lint/suspicious/noExplicitAny: tests read any member of an answer.
  readonly body: any;
}

class Actor {
  readonly #url: string;

  constructor(url: string) {
    this.#url = url;
  }

  async call(method: string, path: string, body?: object): Promise<Answered> {
    const type = method === 'PATCH' ? 'application/merge-patch+json' : 'application/json';
    const response = await fetch(`${this.#url}${path}`, {
      method,
      redirect: 'manual',
      headers: body ? { 'content-type': type } : {},
      ...defined({ body: body ? JSON.stringify(body) : undefined }),
    });
    const text = await response.text();
    return { status: response.status, body: text === '' ? undefined : JSON.parse(text) };
  }

  /** Makes a call, and checks its status. */
  async done(status: number, method: string, path: string, body?: object): Promise<Answered['body']> {
    const answer = await this.call(method, path, body);
    expect({ method, path, ...answer }).toMatchObject({ status });
    return answer.body;
  }

  make(id: string, more: object = {}): Promise<Answered['body']> {
    return this.done(201, 'POST', '/v1/elements', { id, ...more });
  }

  post: Post<Answered> = (path, body) => this.call('POST', path, body);

  /** Sends data by the requests of an upload, and completes it. */
  async send(id: string, upload: Answered['body'], bytes: Uint8Array): Promise<void> {
    await sendAll(upload.requests, bytes);
    await this.done(202, 'POST', `${pathOf(id)}/data/complete`);
  }

  until(id: string, state: object): Promise<void> {
    return vi.waitFor(
      async () => expect((await this.call('GET', pathOf(id))).body).toMatchObject(state),
      PATIENCE,
    );
  }
}

const uploadOf = (bytes: Uint8Array) => ({ size: bytes.length, checksum: digest('sha256', bytes) });

const manageLocations = async (actor: Actor): Promise<void> => {
  const kinds = ['image', 'task', 'executor', 'log'];
  await Promise.all(kinds.map((kind) => actor.done(201, 'POST', '/v1/locations', { name: kind, kind })));
  const capacity = 2 ** 24;
  await actor.done(201, 'POST', '/v1/locations', { name: 'counted', kind: 'image', capacity });
  await actor.done(201, 'POST', '/v1/locations', { name: 'volume', kind: 'volume', capacity });
  await actor.done(200, 'PATCH', '/v1/locations/counted', { capacity: 2 ** 25 });
  await actor.done(200, 'GET', '/v1/locations');
  await actor.done(201, 'POST', '/v1/locations', { name: 'empty', kind: 'task' });
  await actor.done(202, 'DELETE', '/v1/locations/empty');
  await actor.done(201, 'POST', '/v1/locations', { name: 'reopened', kind: 'task' });
  await actor.done(202, 'DELETE', '/v1/locations/reopened');
};

const keepElements = async (actor: Actor): Promise<void> => {
  const data = { base64: Buffer.from(await someArchive()).toString('base64') };
  await actor.make('image://counted/base', { data });
  await actor.make('image://counted/child', { parentId: 'image://counted/base' });
  await actor.done(200, 'PATCH', pathOf('image://counted/child'), { metadata: { rw: { tag: 'a' } } });
  await actor.done(307, 'GET', `${pathOf('image://counted/base')}/data`);
  await actor.done(200, 'GET', '/v1/elements?kind=image&location=counted');
  for (const tail of ['lineage', 'children', 'references', 'audit']) {
    await actor.done(200, 'GET', `${pathOf('image://counted/child')}/${tail}`);
  }
  for (const [status, image] of [
    [201, 'base'],
    [200, 'child'],
  ] as const)
    await actor.done(status, 'PUT', '/v1/tags/counted/app/1', { id: `image://counted/${image}` });
  await actor.done(200, 'GET', pathOf('image://counted/app:1'));
  await actor.done(200, 'GET', '/v1/tags/counted');
  await actor.make('image://counted/app:2');
  await actor.done(409, 'DELETE', pathOf('image://counted/base'));
  await actor.done(204, 'DELETE', pathOf('image://counted/child'));
  await actor.done(200, 'GET', '/v1/events');
};

const uploadData = async (actor: Actor): Promise<void> => {
  const [bytes, other] = await Promise.all([someArchive(), someArchive(900)]);
  const id = 'volume://volume/data';
  const { upload } = await actor.make(id, { ...uploadOf(bytes), data: { upload: true } });
  await actor.send(id, upload, bytes);
  await actor.until(id, { state: 'ready', checksum: digest('sha256', bytes) });
  const replacement = await actor.done(201, 'POST', `${pathOf(id)}/data/upload`, uploadOf(other));
  await actor.send(id, replacement.upload, other);
  await actor.until(id, { state: 'ready', checksum: digest('sha256', other) });
  // Uploads in parts: one that never completes, and one that is given up.
  const large = { size: TWO_PIECES, checksum: digest('sha256', randomBytes(1)), data: { upload: true } };
  await actor.make('image://counted/large', large);
  const path = `${pathOf('image://counted/large')}/data/complete`;
  await actor.done(400, 'POST', path);
  const parts = Array.from({ length: TWO_PIECES / 2 ** 26 }, (_, at) => ({ number: at + 1, etag: '"none"' }));
  await actor.done(400, 'POST', path, { parts });
  await actor.done(409, 'POST', '/v1/elements', { id: 'image://counted/large', ...large });
};

/** Deletes bytes before their verification. */
const loseData = async (actor: Actor, table: DynamoDBClient): Promise<void> => {
  const id = 'image://image/lost';
  await actor.make(id, { ...uploadOf(randomBytes(9)), data: { upload: true } });
  await table.send(
    new UpdateItemCommand({
      TableName: TABLE,
      Key: { pk: { S: `element#${id}` }, sk: { S: 'element' } },
      UpdateExpression:
        'SET upload.verification = :asked, attributes.#state = :state, attributes.revision = :two',
      ExpressionAttributeNames: { '#state': 'state' },
      ExpressionAttributeValues: {
        ':asked': { M: { attempt: { S: 'by-hand' }, count: { N: '1' } } },
        ':state': { S: 'verifying' },
        ':two': { N: '2' },
      },
    }),
  );
  await actor.until(id, { state: 'failed', problem: { code: 'data-error' } });
};

/** A task that has to start within a second but does not; it joined last, so it leaves by itself. */
const compose = async (actor: Actor): Promise<void> => {
  const spec = { process: { args: ['/bin/true'] } };
  const data = { base64: Buffer.from(await someArchive()).toString('base64') };
  await actor.make('image://image/root', { data });
  await actor.make('volume://volume/alone');
  await actor.make('executor://executor/box');
  await actor.make('task://task/lasting', { spec });
  await actor.make('task://task/late', { spec: { ...spec, deadlines: { startSeconds: 1 } } });
  await actor.done(200, 'PUT', `${pathOf('volume://volume/data')}/tasks/task/lasting`);
  await actor.done(204, 'DELETE', `${pathOf('volume://volume/data')}/tasks/task/lasting`);
  const composer = await new Composer(actor.post, 'executor://executor/box').open();
  await composer.mount('image://image/root', '/');
  await composer.mount('volume://volume/alone', '/alone', { persistent: false });
  await composer.join('task://task/lasting');
  await composer.bind();
  await actor.done(200, 'GET', `/v1/compositions/${composer.handle}/plan?target=oci`);
  await composer.join('task://task/late');
  await composer.bind('task://task/late');
  await vi.waitFor(async () => {
    const { composition } = await actor.done(200, 'GET', pathOf('executor://executor/box'));
    expect(composition.members).toHaveLength(3);
  }, PATIENCE);
  const reports = reportsPath('executor://executor/box', 'task://task/lasting');
  const at = new Date().toISOString();
  await actor.done(201, 'POST', reports, { attempt: 1, state: 'exited', exitCode: 0, at });
  await actor.done(200, 'GET', reports);
  await composer.unbind();
  for (const id of composer.ids()) await composer.leave(id);
  await actor.done(204, 'DELETE', pathOf('executor://executor/box'));
};

/** A composition whose close waits for a task, of which supervision gets an event, and then for a child of its executor, without an event. */
const close = async (actor: Actor): Promise<void> => {
  const executorId = 'executor://executor/closing';
  await actor.make('volume://volume/held', { freeSpace: 1024 });
  const { handle } = await actor.done(201, 'POST', '/v1/compositions', {
    executorId,
    executor: {},
    members: [
      { id: 'image://image/root', mount: { path: '/' } },
      { id: 'volume://volume/held', mount: { path: '/held', persistent: false } },
      { id: 'task://task/lasting' },
    ],
    bind: true,
  });
  const reports = reportsPath(executorId, 'task://task/lasting');
  const report = { attempt: 1, at: new Date().toISOString() };
  await actor.done(201, 'POST', reports, { ...report, state: 'running' });
  await actor.done(202, 'DELETE', `/v1/compositions/${handle}?executor=delete`);
  await actor.make('executor://executor/child', { parentId: executorId });
  await actor.done(201, 'POST', reports, { ...report, state: 'exited', exitCode: 0 });
  await actor.until(executorId, { composition: { members: [] } });
  await actor.done(409, 'DELETE', pathOf(executorId));
  await actor.done(204, 'DELETE', pathOf('executor://executor/child'));
};

/** Runs the sweeper, with every time of the table moved into the past. */
const sweep = async (actor: Actor, table: DynamoDBClient): Promise<void> => {
  const bytes = await someArchive();
  const upload = { ...uploadOf(bytes), data: { upload: true } };
  await actor.make('image://counted/never', upload);
  await actor.make('task://reopened/late').catch(() => {});
  await actor.done(204, 'DELETE', pathOf('image://counted/large'));
  await actor.done(204, 'DELETE', pathOf('image://counted/base'));
  const { handler } = await import('../../functions/sweep/index.ts');
  for (let run = 0; run < 3; run += 1) {
    const { Items = [] } = await table.send(
      new ScanCommand({ TableName: TABLE, FilterExpression: 'attribute_exists(dueAt)' }),
    );
    for (const { pk, sk } of Items as { pk: AttributeValue; sk: AttributeValue }[]) {
      const past = { ':past': { S: '2026-01-01T00:00:00.000Z' } };
      await table.send(
        new UpdateItemCommand({
          TableName: TABLE,
          Key: { pk, sk },
          UpdateExpression: 'SET dueAt = :past',
          ExpressionAttributeValues: past,
        }),
      );
    }
    await asFunction('sweep', () => handler({}));
  }
  await actor.done(404, 'GET', pathOf('image://counted/never'));
  await actor.done(404, 'GET', pathOf('executor://executor/closing'));
  await actor.done(404, 'GET', '/v1/locations/empty');
};

/** A deployment with a number of shards of the log. */
const deploy = async (): Promise<void> => {
  const { handler } = await import('../../functions/audit/index.ts');
  const answers = await takeAnswer((url) =>
    asFunction('audit', () => handler(aRequest('Create', DEFAULT_LOG_SHARDS, url))),
  );
  expect(answers).toMatchObject([{ Status: 'SUCCESS' }]);
};

/** Sets a change aside like Lambda, for each function of the stream, and redrives it. */
const redrive = async (table: DynamoDBClient): Promise<void> => {
  const arns = {
    publish: 'arn:aws:lambda:local:0:function:publish',
    audit: 'arn:aws:lambda:local:0:function:audit',
  };
  const bucket = 'taskport-failures';
  Object.assign(process.env, {
    [environmentNames.failures]: bucket,
    [environmentNames.publish]: arns.publish,
    [environmentNames.audit]: arns.audit,
  });
  const { Items = [] } = await table.send(
    new ScanCommand({
      TableName: TABLE,
      FilterExpression: 'sk = :element',
      ExpressionAttributeValues: { ':element': { S: 'element' } },
    }),
  );
  const NewImage = Items.find(({ incarnation }) => incarnation !== undefined) as Record<
    string,
    AttributeValue
  >;
  const Keys = { pk: NewImage.pk, sk: NewImage.sk };
  const dynamodb = { SequenceNumber: '1', Keys, NewImage };
  const payload = JSON.stringify({ Records: [{ eventID: 'redriven', eventName: 'INSERT', dynamodb }] });
  const s3 = createS3Client();
  await s3.send(new CreateBucketCommand({ Bucket: bucket }));
  for (const functionArn of Object.values(arns)) {
    const Body = JSON.stringify({ requestContext: { functionArn }, payload });
    const Key = `aws/lambda/mapping/shard/2026/01/31/2026-01-31T12.00.00-${functionArn.slice(-5)}`;
    await s3.send(new PutObjectCommand({ Bucket: bucket, Key, Body }));
  }
  const { handler } = await import('../../functions/redrive/index.ts');
  expect(await asFunction('redrive', () => handler({}))).toEqual({ redriven: 2, left: [] });
};

/** A credential, signed with the present key and with the next one. */
const signIn = async (actor: Actor): Promise<void> => {
  await actor.done(200, 'POST', '/v1/registry/credentials');
  const { handler } = await import('../../functions/rotate/index.ts');
  await asFunction('rotate', () => handler({}));
};

/** Has every function do all that it does. */
/** AWS does not answer here; only the requests count. */
const readEngineLog = async (actor: Actor, dynamodb: DynamoDBClient): Promise<void> => {
  const [task, box] = ['task://task/logged', 'executor://executor/logged'];
  await Promise.all([actor.make(task), actor.make(box)]);
  const composer = await new Composer(actor.post, box).open();
  await composer.join(task);
  const rows = new Table(dynamodb, TABLE);
  const composition = (await new CompositionTable(rows).get(box)) as Composition;
  const deps = { outputs: new OutputTable(rows), now: Date.now };
  await referOutput(deps, composition, { taskId: task, attempt: 1 }, 'jobs_logged/jobs_logged/1');
  await actor.done(503, 'GET', `${reportsPath(box, task).replace('/reports', '/attempts/1/output')}`);
};

export const doEverything = async (): Promise<void> => {
  // As on AWS, where the store enforces signed requests.
  process.env[environmentNames.store] = 'enforcing';
  Object.assign(process.env, {
    [ENGINE_LOGS]: '/taskport/tasks',
    AWS_ENDPOINT_URL_CLOUDWATCH_LOGS: 'http://127.0.0.1:1',
  });
  const host: Host = await startHost({ port: 0, onEvent: () => {} });
  const table = new DynamoDBClient(clientConfig(process.env.AWS_ENDPOINT_URL_DYNAMODB ?? ''));
  try {
    const actor = new Actor(host.url);
    await manageLocations(actor);
    await keepElements(actor);
    await uploadData(actor);
    await loseData(actor, table);
    await compose(actor);
    await close(actor);
    await readEngineLog(actor, table);
    await signIn(actor);
    await sweep(actor, table);
    await deploy();
    await redrive(table);
  } finally {
    delete process.env[environmentNames.store];
    delete process.env[ENGINE_LOGS];
    table.destroy();
    await host.stop();
  }
};
