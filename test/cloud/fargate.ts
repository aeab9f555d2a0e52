/** One file, applied on a laptop and to a deployment with tasks on Fargate, has the same visible results. */
import { execFile } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { DynamoDBClient, GetItemCommand } from '@aws-sdk/client-dynamodb';
import { DescribeTasksCommand, ECSClient, type Task } from '@aws-sdk/client-ecs';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { titled } from '../bundle.ts';
import { archiveOf, busyboxTree } from '../busybox.ts';
import { writeIndex, writeManifest } from '../cli/image-layout.ts';
import { withoutDocker } from '../docker/dockerd.ts';
import { freshDirectory, type Product, removeDirectory, startProduct } from '../host/product.ts';
import { PATIENCE } from '../patience.ts';
import { type Cloud, taskport } from './cloud.ts';
import type { Deployment } from './deployment.ts';
import { physicalId, settingsOf } from './stacks.ts';
import { strike, tellOf } from './waking.ts';

export interface Given {
  readonly cloud: Cloud;
  readonly deployment: Deployment;
  /** The token of an administrator of the deployment. */
  readonly token: string;
}

/** A look starts two command lines and calls a function, which keep a busy machine from the work they wait for. */
const SELDOM = { ...PATIENCE, interval: 1_000 };

/** It runs until the test ends it. */
const APP = `
apiVersion: taskport/v1
kind: Tag
id: images/shell:1
data: shell
---
apiVersion: taskport/v1
kind: Composition
executorId: machines/app
executor:
  spec:
    resources: { cpu: { quota: 25000 }, memory: { limit: 536870912 } }
members:
  - id: image://images/shell:1
    mount: { path: / }
  - task:
      name: main
      spec:
        process: { args: [/bin/sh, -c, 'echo hello; until [ -e /end ]; do sleep 0.1; done; echo bye; exit 7'] }
`;

interface Told {
  readonly attempt: number;
  readonly state: string;
  readonly reason?: string;
  readonly exitCode?: number;
}

const reason = withoutDocker();

export const describeFargate = (given: () => Given): void => {
  describe.skipIf(reason !== undefined)(titled('with tasks on Fargate', reason), () => {
    const data = freshDirectory();
    let laptop: Product;
    let places: readonly Readonly<Record<string, string>>[];
    let digest: string;
    let app: string;
    beforeAll(async () => {
      const { cloud, deployment, token } = given();
      const directory = join(cloud.directory, 'app');
      mkdirSync(directory);
      const manifest = writeManifest(join(directory, 'shell'), [await archiveOf(busyboxTree())]);
      writeIndex(join(directory, 'shell'), [manifest]);
      digest = manifest.digest;
      app = join(directory, 'app.yaml');
      writeFileSync(app, APP);
      laptop = startProduct({ directory: data, args: ['--json'], env: { DOCKER_HOST: cloud.docker } });
      const deployed = { TASKPORT_URL: deployment.outputs.ApiUrl ?? '', TASKPORT_TOKEN: token };
      places = [{ TASKPORT_URL: await laptop.listening() }, deployed];
      for (const args of [
        ['images', '--kind', 'image'],
        ['machines', '--kind', 'executor', '--engine', 'fargate'],
      ])
        await called(deployed, 'location', 'create', ...args);
    });
    afterAll(async () => {
      await laptop?.stop();
      removeDirectory(data);
    });

    const called = async (place: Readonly<Record<string, string>>, ...args: string[]): Promise<string> => {
      const { code, said } = await taskport(given().cloud, args, place);
      expect(code, `taskport ${args.join(' ')}\n${said}`).toBe(0);
      return said;
    };
    const inBoth = (...args: string[]): Promise<string[]> =>
      Promise.all(places.map((place) => called(place, ...args)));
    const docker = async (...args: string[]): Promise<string> =>
      (await promisify(execFile)('docker', ['-H', given().cloud.docker, ...args])).stdout.trim();
    /** The ECS task of a composition, and its description, by the page for operators. */
    const engineTask = async (): Promise<string | undefined> => {
      const { Item } = await new DynamoDBClient(settingsOf(given().cloud)).send(
        new GetItemCommand({
          TableName: given().deployment.outputs.TableName,
          Key: { pk: { S: 'element#executor://machines/app' }, sk: { S: 'launch' } },
        }),
      );
      return Item?.launch?.M?.engineTask?.S;
    };
    const described = async (task = ''): Promise<Task> => {
      const cluster = given().deployment.outputs.ClusterArn;
      const asked = new DescribeTasksCommand({ cluster, tasks: [task], include: ['TAGS'] });
      const { tasks = [] } = await new ECSClient(settingsOf(given().cloud)).send(asked);
      return tasks[0] ?? {};
    };
    /** The reports on the attempt. Only Fargate reports the states of preparation. */
    const told = async (): Promise<Told[][]> =>
      (await inBoth('reports', 'executor://machines/app', 'main', '--json')).map((said) =>
        said
          .trim()
          .split('\n')
          .map((line): Told => JSON.parse(line))
          .filter(({ state }) => state !== 'bound'),
      );

    it('runs the tasks of a file like a laptop: with the same reports, and the same output', async () => {
      const { cloud, deployment } = given();
      const dispatch = await physicalId(cloud, deployment.stack, `${deployment.id}Functiondispatch`);
      const [here, there] = await inBoth('apply', '-f', app);
      expect(there).toBe(here);

      // MiniStack starts another task for a repeated token, so nobody repeats the request before its answer is stored.
      const task = await vi.waitFor(async () => {
        const found = await engineTask();
        expect(found).toBeDefined();
        return found;
      }, PATIENCE);
      const { tags } = await described(task);
      expect(tags).toContainEqual({ key: 'taskport:executor', value: 'executor://machines/app' });

      const running = { attempt: 1, state: 'running' };
      await vi.waitFor(async () => {
        await strike(cloud, dispatch);
        expect(await told()).toMatchObject([[running], [running]]);
      }, SELDOM);

      // Each pulled the image from its own registry, by its digest.
      const lines = (await docker('ps', '--no-trunc', '--format', '{{.ID}} {{.Image}}')).split('\n');
      const [containers, images] = [0, 1].map((at) =>
        lines.filter((line) => line.includes('/images/shell@')).map((line) => line.split(' ')[at] ?? ''),
      );
      const registries = places.map(({ TASKPORT_URL = '' }) => new URL(TASKPORT_URL).host);
      expect(images?.sort()).toEqual(registries.map((host) => `${host}/images/shell@${digest}`).sort());

      for (const container of containers ?? []) await docker('exec', container, 'touch', '/end');
      const ended = { attempt: 1, state: 'exited', reason: 'failed', exitCode: 7 };
      await vi.waitFor(async () => {
        const detail = await described(task);
        if (detail.lastStatus === 'STOPPED') await tellOf(cloud, dispatch, detail);
        expect(await told()).toMatchObject([
          [running, ended],
          [running, ended],
        ]);
      }, SELDOM);
      expect(await inBoth('logs', 'executor://machines/app')).toEqual(['hello\nbye\n', 'hello\nbye\n']);
    });
  });
};
