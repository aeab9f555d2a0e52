/** ECS emulated by MiniStack, with containers of a separate dockerd, and an image for them. */
import { execFileSync } from 'node:child_process';
import { CloudWatchLogsClient, CreateLogGroupCommand } from '@aws-sdk/client-cloudwatch-logs';
import { CreateClusterCommand, ECSClient } from '@aws-sdk/client-ecs';
import { EngineLogGroup } from '../../lib/adapters/cloudwatch/engine-log-group.ts';
import { EcsLauncher, type EcsOptions } from '../../lib/adapters/ecs/ecs-launcher.ts';
import { archiveOf, busyboxTree } from '../busybox.ts';
import { startMiniStack } from '../cloud/ministack.ts';

/** The image of tests: the engine has it, and pulls it from nowhere. */
export const IMAGE = 'registry.invalid/library/busybox:1';

const CLUSTER = 'tasks';
const LOG_GROUP = '/taskport/tasks';

export interface Machine {
  readonly url: string;
  /** The settings of the function for its tasks. */
  readonly settings: EcsOptions;
  readonly client: ECSClient;
  readonly engineLogs: EngineLogGroup;
  readonly launcher: EcsLauncher;
  launcherWith(options: Partial<EcsOptions>): EcsLauncher;
  /** A launcher whose requests go through a proxy before ECS, each of them once. */
  launcherBy(proxy: string): EcsLauncher;
  close(): Promise<void>;
}

export const openMachine = async (dockerHost: string): Promise<Machine> => {
  execFileSync('docker', ['-H', dockerHost, 'import', '-', IMAGE], { input: await archiveOf(busyboxTree()) });
  const cloud = await startMiniStack({ DOCKER_HOST: dockerHost });
  const where = {
    endpoint: `http://127.0.0.1:${cloud.port}`,
    region: 'eu-central-1',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  };
  const [client, logs] = [new ECSClient(where), new CloudWatchLogsClient(where)];
  await logs.send(new CreateLogGroupCommand({ logGroupName: LOG_GROUP }));
  await client.send(new CreateClusterCommand({ clusterName: CLUSTER }));
  const options: EcsOptions = {
    deployment: 'test',
    registry: 'registry.invalid',
    logGroup: LOG_GROUP,
    region: 'eu-central-1',
    cluster: CLUSTER,
    subnets: ['subnet-1'],
    securityGroups: ['sg-1'],
    assignPublicIp: false,
    executionRole: 'arn:aws:iam::000000000000:role/execution',
  };
  const launcherWith = (more: Partial<EcsOptions>) => new EcsLauncher(client, { ...options, ...more });
  return {
    url: where.endpoint,
    settings: options,
    client,
    engineLogs: new EngineLogGroup(LOG_GROUP, logs),
    launcher: launcherWith({}),
    launcherWith,
    launcherBy: (endpoint) => new EcsLauncher(new ECSClient({ ...where, endpoint, maxAttempts: 1 }), options),
    close: async () => {
      client.destroy();
      logs.destroy();
      await cloud.stop();
    },
  };
};
