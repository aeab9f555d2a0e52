/** The function `dispatch` as Lambda loads it: it runs tasks after events and on schedule, with its own permissions. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DeleteObjectCommand } from '@aws-sdk/client-s3';
import {
  CreateSecretCommand,
  GetSecretValueCommand,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import { afterAll, beforeAll, describe, expect, inject, it, vi } from 'vitest';
import { asFunction } from '../../infra/local/function-calls.ts';
import { createDynamoClient } from '../../lib/adapters/dynamodb/engine/client.ts';
import { Table } from '../../lib/adapters/dynamodb/engine/table.ts';
import { LaunchTable } from '../../lib/adapters/dynamodb/launch-table.ts';
import { environmentNames, FARGATE_ENGINE } from '../../lib/adapters/environment.ts';
import { pathsOf } from '../../lib/adapters/s3/blob-removal.ts';
import { createS3Client } from '../../lib/adapters/s3/client.ts';
import { SigningSecret } from '../../lib/adapters/secretsmanager/signing-secret.ts';
import { holderOf } from '../../lib/credential.ts';
import type { KeptLaunch } from '../../lib/execution/launch-store.ts';
import { titled } from '../bundle.ts';
import { without } from '../cloud/ministack.ts';
import { Composer, openStage, reportsPath, type Stage } from '../composing.ts';
import { withoutDocker } from '../docker/dockerd.ts';
import { TEST_BUCKET } from '../engine-setup.ts';
import { bodyOf, makeLocations, pathOf } from '../functions/api/support.ts';
import { PATIENCE } from '../patience.ts';
import { granted } from '../privileges/granted.ts';
import { RECORDS, readRecords } from '../privileges/recording.ts';
import { someArchive } from '../uploading.ts';
import { IMAGE, type Machine, openMachine } from './machine.ts';

const reason = withoutDocker() ?? without('ministack');
const [KEYS, PULL] = ['registry-keys', 'pull-secret'];
const CLOCK = { source: 'aws.events', 'detail-type': 'Scheduled Event', detail: {} };
/** The grants do not mention the engine. */
const grants = [{ principal: 'local', actions: ['create', 'read', 'delete', 'compose'] }];
const resources = { memory: { limit: 512 * 2 ** 20 }, cpu: { quota: 25_000 } };

describe.skipIf(reason)(titled('the function that dispatches tasks to Fargate', reason), () => {
  const records = mkdtempSync(join(tmpdir(), 'taskport-dispatch-'));
  let machine: Machine;
  let stage: Stage;
  let secrets: SecretsManagerClient;
  let call: (
    event: object,
  ) => Promise<{ readonly looked: readonly string[]; readonly failed: readonly string[] }>;
  beforeAll(async () => {
    [machine, stage] = [await openMachine(inject('dockerHost')), await openStage()];
    await makeLocations(stage, { name: 'cloud', kind: 'executor', engine: 'fargate', grants });
    Object.assign(process.env, {
      [RECORDS]: records,
      AWS_ENDPOINT_URL_ECS: machine.url,
      AWS_ENDPOINT_URL_SECRETS_MANAGER: machine.url,
      [environmentNames.table]: stage.table,
      [environmentNames.handles]: stage.table,
      [environmentNames.bucket]: TEST_BUCKET,
      [environmentNames.store]: 'trusting',
      [environmentNames.registrySecret]: KEYS,
      [FARGATE_ENGINE]: JSON.stringify({ ...machine.settings, registryCredentials: PULL }),
    });
    secrets = new SecretsManagerClient({});
    for (const [Name, SecretString] of [
      [KEYS, 'a key'],
      [PULL, '{"username":"taskport","password":"none yet"}'],
    ])
      await secrets.send(new CreateSecretCommand({ Name, SecretString }));
    const { handler } = await import('../../functions/dispatch/index.ts');
    call = (event) => asFunction('dispatch', () => handler(event));
  });
  afterAll(async () => {
    secrets?.destroy();
    await machine?.close();
    await stage?.stop();
    rmSync(records, { recursive: true });
  });

  /** A bound task in a location whose grants do not mention the engine: its name in the location is the permission. */
  const bound = async (location: string, script: string): Promise<Composer & { readonly taskId: string }> => {
    const root = await stage.make('image', { metadata: { ro: { 'registry/image': IMAGE } } });
    const taskId = await stage.make('task', {
      spec: { process: { args: ['/bin/sh', '-c', script] }, resources },
    });
    const executorId = await stage.make('executor', {}, location);
    const composer = await new Composer(stage.post, executorId).open();
    await composer.mount(root, '/');
    await composer.join(taskId);
    await composer.bind();
    return Object.assign(composer, { taskId });
  };
  const boundEvent = ({ executorId }: Composer) => ({
    source: 'taskport',
    'detail-type': 'Task Bound',
    detail: { composition: { executorId } },
  });
  const reported = async ({ executorId, taskId }: { executorId: string; taskId: string }) =>
    (await bodyOf(stage.call('GET', reportsPath(executorId, taskId)), 200)).items;

  it('runs a bound task after an event, in a location that names the engine, and no others', async () => {
    const [ours, theirs] = [await bound('cloud', 'exit 7'), await bound('executor', 'exit 7')];
    expect((await call(boundEvent(theirs))).looked).toEqual([]);
    expect((await call(boundEvent(ours))).looked).toEqual([ours.executorId]);
    for (const detail of [{}, { composition: 'none' }, { composition: { executorId: 'none' } }, undefined])
      expect((await call({ ...boundEvent(ours), detail })).looked).toEqual([]);
    await vi.waitFor(async () => {
      expect((await call(CLOCK)).failed).toEqual([]);
      expect(await reported(ours)).toContainEqual(expect.objectContaining({ state: 'exited', exitCode: 7 }));
    }, PATIENCE);
    expect(await reported(theirs)).toEqual([]);
  });

  it('runs tasks without an event at its scheduled look', async () => {
    const lost = await bound('cloud', 'exit 3');
    await vi.waitFor(async () => {
      await call(CLOCK);
      expect(await reported(lost)).toContainEqual(expect.objectContaining({ state: 'exited', exitCode: 3 }));
    }, PATIENCE);
  });

  it('stops unbound tasks', async () => {
    const composer = await bound('cloud', 'sleep 600');
    await vi.waitFor(async () => {
      await call(boundEvent(composer));
      expect(await reported(composer)).toContainEqual(expect.objectContaining({ state: 'running' }));
    }, PATIENCE);
    await composer.unbind(composer.taskId);
    await vi.waitFor(async () => {
      await call({ ...boundEvent(composer), 'detail-type': 'Task Unbound' });
      expect(await reported(composer)).toContainEqual(expect.objectContaining({ state: 'exited' }));
    }, PATIENCE);
  });

  it('gives ECS a credential of the engine for the registry, which is valid for hours', async () => {
    const { SecretString = '' } = await secrets.send(new GetSecretValueCommand({ SecretId: PULL }));
    const { username, password } = JSON.parse(SecretString);
    const keys = new SigningSecret(KEYS);
    const inHours = (hours: number) => ({
      keys,
      deployment: stage.table,
      now: () => Date.now() + hours * 3_600_000,
    });
    expect(username).toBe('taskport');
    expect(await holderOf(inHours(5), password)).toMatchObject({ principal: 'taskport:fargate' });
    expect(await holderOf(inHours(6), password)).toBeUndefined();
  });

  it('is granted exactly the actions that it uses', async () => {
    // A late task has no launch, and leaves with its report.
    const busy = await bound('cloud', 'sleep 600');
    await vi.waitFor(async () => {
      await call(boundEvent(busy));
      expect(await reported(busy)).toContainEqual(expect.objectContaining({ state: 'running' }));
    }, PATIENCE);
    const late = await stage.make('task', { spec: { process: { args: ['/bin/true'] } } });
    await busy.join(late);
    await busy.bind(late);
    await vi.waitFor(async () => {
      await call(boundEvent(busy));
      expect(await reported({ ...busy, taskId: late })).toHaveLength(1);
    }, PATIENCE);
    // A launch without an answer.
    const launches = new LaunchTable(new Table(createDynamoClient(), stage.table));
    const kept = (await launches.get(busy.executorId)) as KeptLaunch;
    const { engineTask: _, ...unknown } = kept.launch;
    await launches.put(unknown, kept);
    await call(boundEvent(busy));
    expect((await launches.get(busy.executorId))?.launch).toEqual(kept.launch);
    // Mounts in an image need a look at its archive before Fargate refuses them; an image from an earlier version has no index.
    const data = { base64: Buffer.from(await someArchive()).toString('base64') };
    const executorId = await stage.make('executor', {}, 'cloud');
    const composer = await new Composer(stage.post, executorId).open();
    const image = await stage.make('image', { data });
    const { blob = '' } = (await stage.dependencies.elements.get(image)) ?? {};
    await createS3Client().send(new DeleteObjectCommand({ Bucket: TEST_BUCKET, Key: pathsOf(blob) }));
    await composer.mount(image, '/');
    await composer.mount(await stage.make('volume'), '/deep/down');
    await composer.join(await stage.make('task', { spec: { process: { args: ['/bin/true'] } } }));
    await composer.bind();
    await call(boundEvent(composer));
    const of = (list: readonly (readonly string[])[]): string[] =>
      list.flatMap(([name, ...use]) => (name === 'dispatch' ? [use.join(' on its ')] : [])).sort();
    // The definition of a deleted executor is deregistered.
    const gone = await bound('cloud', 'exit 0');
    await vi.waitFor(async () => {
      await call(boundEvent(gone));
      expect(await reported(gone)).toContainEqual(expect.objectContaining({ state: 'exited' }));
    }, PATIENCE);
    await gone.unbind();
    for (const id of gone.ids()) await gone.leave(id);
    expect((await stage.call('DELETE', pathOf(gone.executorId))).status).toBe(204);
    await call({ source: 'taskport', 'detail-type': 'Executor Deleted', detail: { id: gone.executorId } });
    expect(of(readRecords(records))).toEqual(of(granted));
  });
});
