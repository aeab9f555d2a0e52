import { executorSpecDefaults as defaults, PROTOCOL } from '../../element/executor-defaults.ts';
import type { ExecutorSpec } from '../../element/executor-spec.ts';

/** The settings that the tasks of an executor share, with all defaults. */
export const sharedOf = ({ network, extraHosts, shmSize }: ExecutorSpec) => {
  const ports: NonNullable<ExecutorSpec['network']>['ports'] = network?.ports ?? [];
  return {
    network: {
      mode: network?.mode ?? defaults.network.mode,
      ports: ports.map(({ port, protocol = PROTOCOL, hostPort = port, ...rest }) => ({
        port,
        protocol,
        hostPort,
        ...rest,
      })),
    },
    extraHosts: extraHosts ?? defaults.extraHosts,
    shmSize: shmSize ?? defaults.shmSize,
  };
};
export type Shared = ReturnType<typeof sharedOf>;
