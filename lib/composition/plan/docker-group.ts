import type { ComposedContainer } from './composed-container.ts';
import type { GroupContainer } from './docker-request.ts';

/** The container that holds what the tasks share: its host name, network, shared memory and process namespace. */
export const dockerGroup = ({ executor, image }: ComposedContainer): GroupContainer => {
  const { hostname, network, extraHosts, shmSize } = executor;
  const bindings = new Map<string, { HostIp: string; HostPort: string }[]>();
  for (const { port, protocol, hostPort, hostAddress = '' } of network.ports) {
    const at = `${port}/${protocol}`;
    bindings.set(at, [...(bindings.get(at) ?? []), { HostIp: hostAddress, HostPort: String(hostPort) }]);
  }
  const listened = (image?.spec.ports ?? []).map(({ port, protocol }) => `${port}/${protocol}`);
  return {
    Hostname: hostname,
    ExposedPorts: Object.fromEntries([...listened, ...bindings.keys()].map((port) => [port, {}])),
    HostConfig: {
      NetworkMode: network.mode,
      PortBindings: Object.fromEntries(bindings),
      ExtraHosts: extraHosts.map(({ name, address }) => `${name}:${address}`),
      IpcMode: 'shareable',
      ShmSize: shmSize,
      Init: true,
    },
  };
};
