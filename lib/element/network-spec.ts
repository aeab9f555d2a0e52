import { isIP } from 'node:net';
import * as z from 'zod/mini';
import { described, optional } from '../facts.ts';
import { integer, list, uniqueBy } from './task-spec/value.ts';

/** Network modes that cannot publish ports. */
const WITHOUT_PORTS: readonly (string | undefined)[] = ['none', 'host'];

/** A zone is not accepted, since it has a meaning on one machine only. */
const isAddress = (text: string): boolean => isIP(text) !== 0 && !text.includes('%');

const port = z.strictObject({
  port: described(integer(1, 65_535), {
    description: 'The number of the port on which a task listens.',
    source: 'Docker Engine API, PortMap; ECS PortMapping',
  }),
  protocol: optional(z.enum(['tcp', 'udp', 'sctp'], 'must be `tcp`, `udp` or `sctp`'), {
    description: 'The protocol of the port.',
    source: 'Docker Engine API, PortMap, and its default',
    absent: '`tcp`',
  }),
  hostPort: optional(integer(1, 65_535), {
    description:
      'The number of the port on the machine. The executor’s location must allow a port below 1024 (`allow.networks`: `port:80`, or `port:` for all ports).',
    source: 'Docker Engine API, PortBinding; ECS PortMapping',
    absent: 'the same as `port`',
  }),
  hostAddress: optional(z.string().check(z.refine(isAddress, 'must be an IP address')), {
    description: 'The address of the machine on which the port is open.',
    source: 'Docker Engine API, PortBinding',
    bounds: 'IPv4 or IPv6',
    absent: 'all addresses',
  }),
});

/** The network of an executor, which its tasks share. */
export const network = z
  .strictObject({
    mode: optional(
      z
        .string()
        .check(
          z.maxLength(128),
          z.regex(
            /^[A-Za-z0-9][A-Za-z0-9_.-]*$/,
            'must be `bridge`, `none`, `host` or the name of a network of the engine',
          ),
        ),
      {
        description:
          'The network: a separate one that reaches other networks (`bridge`), a separate one that reaches nothing (`none`), the network of the machine (`host`), or the name of a network of the engine. The executor’s location must allow all but the first two (`allow.networks`).',
        source: 'Docker Engine API, HostConfig, NetworkMode, and its default',
        bounds: '`bridge`, `none`, `host`, or a name of letters, digits and `_.-`',
      },
    ),
    ports: optional(
      list(port, 64).check(
        uniqueBy(
          (one) => `${one.hostAddress ?? ''} ${one.hostPort ?? one.port} ${one.protocol ?? 'tcp'}`,
          'publishes a port of the machine twice',
        ),
      ),
      {
        description: 'The ports that the engine publishes on ports of the machine.',
        source: 'Docker Engine API, HostConfig, PortBindings; ECS PortMapping',
        bounds: 'no port of the machine twice; no ports if `mode` is `none` or `host`',
      },
    ),
  })
  .check(
    z.refine(({ mode, ports = [] }) => ports.length === 0 || !WITHOUT_PORTS.includes(mode), {
      path: ['ports'],
      message: 'must be empty where `mode` is `none` or `host`, which have no ports to publish',
    }),
  );

/** Names of hosts that tasks resolve without DNS. */
export const extraHosts = list(
  z.strictObject({
    name: described(
      z
        .string()
        .check(
          z.maxLength(253),
          z.regex(
            /^[A-Za-z0-9_]([A-Za-z0-9_-]*[A-Za-z0-9_])?(\.[A-Za-z0-9_]([A-Za-z0-9_-]*[A-Za-z0-9_])?)*$/,
            'must be a host name (RFC 1123)',
          ),
        ),
      {
        description: 'The host name.',
        source: 'Docker Engine API, HostConfig, ExtraHosts; hosts(5)',
        bounds: 'labels of letters, digits and inner hyphens, parted by `.`',
      },
    ),
    address: described(
      z
        .string()
        .check(
          z.refine(
            (text) => text === 'host-gateway' || isAddress(text),
            'must be an IP address, or `host-gateway`',
          ),
        ),
      {
        description:
          'The address of the host. `host-gateway` is the address of the machine in the network of the executor.',
        source: 'Docker Engine API, HostConfig, ExtraHosts',
        bounds: 'IPv4, IPv6 or `host-gateway`',
      },
    ),
  }),
  64,
).check(uniqueBy(({ name, address: at }) => `${name} ${at}`, 'names a host twice'));
