import type { ComposedContainer } from './composed-container.ts';
import type { PortMapping } from './ecs-request.ts';
import { below, type Refuse } from './refusal.ts';

/** Its network is one of a task's own; what is not that, or is another port outside than inside, it cannot be. */
const refuseNetwork = ({ network }: ComposedContainer['executor'], refuse: Refuse): void => {
  if (network.mode !== 'bridge')
    refuse('mode', `is ${network.mode}, and a task on Fargate has a network of its own: use \`bridge\``);
  for (const [at, { port, hostPort, hostAddress }] of network.ports.entries()) {
    if (hostPort !== port)
      refuse(
        `ports[${at}].hostPort`,
        `is ${hostPort}, and Fargate publishes a port as its own number: leave it out`,
      );
    if (hostAddress !== undefined)
      refuse(`ports[${at}].hostAddress`, 'is set, and a task on Fargate has one address: leave it out');
  }
};

/** What the image says that it listens on, and what the executor publishes. It opens nothing: security groups do. */
export const ecsPorts = (
  { image, executor }: ComposedContainer,
  report: Refuse,
): readonly PortMapping[] | undefined => {
  refuseNetwork(executor, below(report, 'executor.network'));
  const all = [
    ...(image?.spec.ports ?? []).map((one, at) => ({ ...one, path: `images["${image?.id}"].ports[${at}]` })),
    ...executor.network.ports.map((one, at) => ({ ...one, path: `executor.network.ports[${at}]` })),
  ];
  const mappings = all.map(({ port, protocol, path }) => {
    if (protocol === 'sctp') report(`${path}.protocol`, 'is sctp, which ECS does not map: use tcp or udp');
    return [
      `${port}/${protocol}`,
      { containerPort: port, protocol: protocol === 'udp' ? 'udp' : 'tcp' },
    ] as const;
  });
  return mappings.length === 0 ? undefined : [...new Map(mappings).values()];
};
