import type { ComposedContainer } from './composed-container.ts';
import type { PortMapping } from './ecs-request.ts';
import { below, type Refuse } from './refusal.ts';

/** What the image says that it listens on. It opens nothing: security groups do. */
export const ecsPorts = (
  image: ComposedContainer['image'],
  report: Refuse,
): readonly PortMapping[] | undefined => {
  const refuse = below(report, `images["${image?.id}"]`);
  return image?.spec.ports?.map(({ port, protocol }, at) => {
    if (protocol === 'sctp') refuse(`ports[${at}].protocol`, 'is sctp, and ECS maps ports of tcp and udp');
    return { containerPort: port, protocol: protocol === 'udp' ? 'udp' : 'tcp' };
  });
};
