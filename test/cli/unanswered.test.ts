/** Every host that a command calls may be silent. The command ends with 3, and names the host. */
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, inject, it, vi } from 'vitest';
import { Taskport } from '../../client/taskport.ts';
import { titled } from '../bundle.ts';
import { type ServedApi, serveApi } from '../client/served-api.ts';
import { withoutDocker } from '../docker/dockerd.ts';
import { type FaultProxy, startFaultProxy } from '../faults/proxy.ts';
import { runCommand } from '../host-bundle.ts';
import { useEngines } from '../taskport.ts';
import { archiveOf } from '../uploading.ts';

const directory = mkdtempSync(join(tmpdir(), 'taskport-unanswered-'));
/** Nothing listens there, and no server of another test gets the port by chance. */
const nowhere = 'http://127.0.0.1:1';
let store: FaultProxy;
let api: ServedApi;
beforeAll(async () => {
  vi.stubEnv('AWS_MAX_ATTEMPTS', '1');
  store = await startFaultProxy(inject('s3Url'));
  api = await serveApi();
  // All requests of the API to the data store go through the proxy.
  useEngines(inject('dynamodbUrl'), store.url);
  writeFileSync(join(directory, 'data'), randomBytes(5 * 2 ** 20));
  await prepareLogs(new Taskport({ url: api.url }));
});
afterEach(() => store.clear());
afterAll(async () => {
  await api.stop();
  await store.stop();
  useEngines();
  vi.unstubAllEnvs();
  rmSync(directory, { recursive: true });
});

/** An executor whose tasks have their output in S3 and in CloudWatch Logs, and an image with data. */
const prepareLogs = async ({ locations, elements, compositions, data }: Taskport): Promise<void> => {
  for (const kind of ['image', 'task', 'executor'] as const)
    await locations.create({ name: `${kind}s`, kind });
  await data.upload({ id: 'image://images/root' }, await archiveOf({ name: 'file', content: 'content' }));
  await elements.create({ id: 'executor://executors/box' });
  let { handle } = await compositions.open('executor://executors/box');
  ({ handle } = await compositions.join(handle, { id: 'image://images/root', mount: { path: '/' } }));
  const places = { s3: 's3://bucket/prefix/', cloudwatch: 'cloudwatch://eu-west-1/group/stream' };
  for (const name of Object.keys(places)) {
    await elements.create({ id: `task://tasks/${name}`, spec: { process: { args: ['/bin/true'] } } });
    ({ handle } = await compositions.join(handle, { id: `task://tasks/${name}` }));
  }
  await compositions.bind(handle);
  for (const [name, uri] of Object.entries(places)) {
    const report = {
      attempt: 1,
      state: 'running',
      output: { stdout: uri },
      at: new Date().toISOString(),
    } as const;
    await elements.report('executor://executors/box', `task://tasks/${name}`, report);
  }
};

const run = async (args: readonly string[], env: Readonly<Record<string, string>> = {}) => {
  let err = '';
  // Clients of AWS read the environment of the process.
  for (const [name, value] of Object.entries(env)) vi.stubEnv(name, value);
  const code = await runCommand(args, {
    env: { TASKPORT_URL: api.url, XDG_CONFIG_HOME: directory, XDG_CACHE_HOME: directory, ...env },
    out: () => {},
    err: (said) => {
      err += said;
    },
    write: async () => {},
    input: async function* () {},
    onSignal: () => () => {},
    isWatched: false,
    signal: new AbortController().signal,
  });
  return { code, err };
};

const expectNamed = async (args: readonly string[], env: Readonly<Record<string, string>>): Promise<void> => {
  // Only for the service itself, the message tells how to start it and how to set its URL.
  const wayOut = env.TASKPORT_URL === nowhere ? '. Is `npm start` running\\? .*TASKPORT_URL.*' : '[^?]*';
  expect(await run(args, { AWS_REGION: 'eu-west-1', ...env })).toEqual({
    code: 3,
    err: expect.stringMatching(
      new RegExp(`^taskport: no answer from ${nowhere}: .*ECONNREFUSED[^?]*${wayOut}\n$`),
    ),
  });
};

describe('a host that does not answer is named', () => {
  it.each([
    ['configure', ['configure', '--stack', 'Shop'], 'AWS_ENDPOINT_URL_CLOUDFORMATION'],
    ['a call', ['location', 'list'], 'TASKPORT_URL'],
    ['a stream', ['events', '--follow'], 'TASKPORT_URL'],
    ['output in S3', ['logs', 'executors/box', 'tasks/s3'], 'AWS_ENDPOINT_URL_S3'],
    [
      'output in CloudWatch',
      ['logs', 'executors/box', 'tasks/cloudwatch'],
      'AWS_ENDPOINT_URL_CLOUDWATCH_LOGS',
    ],
  ])('for %s', async (_, args, host) => {
    await expectNamed(args, { [host]: nowhere });
  });

  const without = withoutDocker();
  it.skipIf(without !== undefined)(titled('for a queue of events', without), async () => {
    const asked = ['runner', '--executor-location', 'executors', '--state', join(directory, 'state')];
    const env = { DOCKER_HOST: inject('dockerHost'), AWS_ENDPOINT_URL_SQS: nowhere };
    await expectNamed([...asked, '--queue', `${nowhere}/queue`], env);
  });

  it.each([
    ['pulls', ['image', 'pull', 'images/root', join(directory, 'pulled')]],
    ['pushes', ['task', 'push', 'tasks/pushed', join(directory, 'data')]],
  ])('for %s data', async (_, args) => {
    store.refuse(({ path }) => path.includes('X-Amz-Signature'), { times: 1_000 });
    expect(await run(args)).toEqual({
      code: 3,
      err: expect.stringContaining(`no answer from the data store at ${store.url}: `),
    });
  });

  it('after a timeout, if it accepts the request and is silent', async () => {
    const server = createServer(() => {});
    await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
    const silent = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const env = { AWS_REGION: 'eu-west-1', AWS_ENDPOINT_URL_CLOUDFORMATION: silent };
    const { code, err } = await run(['configure', '--stack', 'Shop'], env);
    server.closeAllConnections();
    server.close();
    expect({ code, err }).toEqual({
      code: 3,
      err: `taskport: no answer from ${silent}: it takes too long\n`,
    });
  });

  it('for a call without credentials', async () => {
    const none = {
      AWS_ACCESS_KEY_ID: '',
      AWS_SECRET_ACCESS_KEY: '',
      AWS_EC2_METADATA_DISABLED: 'true',
      AWS_CONFIG_FILE: join(directory, 'none'),
      AWS_SHARED_CREDENTIALS_FILE: join(directory, 'none'),
    };
    const region = 'cn-north-1';
    expect(
      await run(['configure', '--stack', 'Shop', '--region', region], {
        ...none,
        AWS_ENDPOINT_URL_CLOUDFORMATION: '',
      }),
    ).toEqual({
      code: 3,
      err: expect.stringMatching(
        /^taskport: no answer from https:\/\/cloudformation\.cn-north-1\.amazonaws\.com\.cn, which was not asked: .*credentials.*\n$/,
      ),
    });
    for (const args of [
      ['location', 'list'],
      ['events', '--follow'],
    ]) {
      expect(await run(args, { ...none, TASKPORT_AUTH: 'iam', AWS_REGION: region })).toEqual({
        code: 3,
        err: expect.stringMatching(
          new RegExp(`^taskport: no answer from ${api.url}, which was not asked: .*credentials.*\n$`),
        ),
      });
    }
  });
});
