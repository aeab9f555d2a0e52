import type { DockerPlan } from '../../lib/composition/plan/docker-schema.ts';
import { defined } from '../../lib/defined.ts';
import type { secretsOf } from '../../lib/execution/secret-provider.ts';
import { labelNames } from './labels.ts';
import { logConfig } from './output.ts';
import type { KeptOrders, Sinks } from './task-container.ts';

export type PlannedTask = DockerPlan['tasks'][number];

/** Podman's counterpart of the Docker driver used here has another name. */
const PODMAN_LOG = { Type: 'k8s-file', Config: { 'max-size': '1g' } };

/** What the engine already has for a task. */
interface Had {
  readonly image: string;
  readonly mounts: readonly object[];
  readonly group: string;
  readonly isFirst: boolean;
  readonly sinks: Sinks;
  readonly secrets: Awaited<ReturnType<typeof secretsOf>>;
  readonly labels: Readonly<Record<string, string>>;
  readonly isPodman: boolean;
}

/** The request for a task's container (Docker Engine API, ContainerCreate). */
export const taskBody = (
  { create, orders }: PlannedTask,
  { image, mounts, group, isFirst, sinks, secrets, labels, isPodman }: Had,
): object => {
  const { logging, stop, healthCheck, deadlines } = orders;
  const kept: KeptOrders = {
    logging,
    stop,
    healthCheck,
    isFirst,
    stopSeconds: deadlines.stopSeconds,
    output: defined({ stdout: sinks.stdout?.uri, stderr: sinks.stderr?.uri }),
  };
  const shared = `container:${group}`;
  return {
    ...create,
    Image: image,
    Env: [
      ...create.Env,
      ...secrets.flatMap(({ name, target, value }) => (target === 'env' ? [`${name}=${value}`] : [])),
    ],
    // The agent runs health checks through the engine's port.
    Healthcheck: { Test: ['NONE'] },
    Labels: {
      ...create.Labels,
      ...labels,
      [labelNames.group]: group,
      [labelNames.orders]: JSON.stringify(kept),
    },
    HostConfig: {
      ...create.HostConfig,
      NetworkMode: shared,
      IpcMode: shared,
      // Without an init process, the task itself is process 1.
      ...(create.HostConfig.Init ? { PidMode: shared } : {}),
      Mounts: mounts,
      Init: false,
      LogConfig: isPodman ? PODMAN_LOG : logConfig,
      RestartPolicy: { Name: 'no' },
    },
  };
};
