import type { ComposedContainer } from './composed-container.ts';
import type { PortMapping } from './ecs-request.ts';
import { type Refuse, refuseUnder } from './refusal.ts';

/**
 * An ECS task has a network of its own. Refuses other network modes, and a host port that differs from the
 * container port.
 */
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

/** The ports that the image exposes and that the executor publishes. Security groups have to open them. */
export const ecsPorts = (
  { image, executor }: ComposedContainer,
  report: Refuse,
): readonly PortMapping[] | undefined => {
  refuseNetwork(executor, refuseUnder(report, 'executor.network'));
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
