import { ROOT } from '../composition.ts';
import type { ComposedContainer } from './composed-container.ts';
import { renderContainer } from './container.ts';
import { dockerImage } from './docker-image.ts';
import { dockerProcess } from './docker-process.ts';
import { dockerResources, refuseShares } from './docker-resources.ts';
import type { DockerPlan } from './docker-schema.ts';
import type { Rendered } from './plan-input.ts';
import { ofStorage, ofTask, render } from './refusal.ts';

/** The composition as a group of containers of a Docker engine: one that holds what they share, and one for each task. */
export const renderDocker = (container: ComposedContainer): Rendered<DockerPlan> =>
  render((refuse) => {
    const whole = renderContainer(container);
    if ('reasons' in whole) for (const { path, message } of whole.reasons) refuse(path, message);
    const { executor, image, storage, tasks } = container;
    const root = storage.find(({ mount }) => mount.path === ROOT);
    if (root === undefined) return undefined;
    refuseShares(container, refuse);
    const ports = (image?.spec.ports ?? []).map(({ port, protocol }) => [`${port}/${protocol}`, {}]);
    return {
      target: 'docker',
      image: dockerImage(root, ofStorage(refuse, root.id)),
      group: {
        Hostname: executor.hostname,
        ExposedPorts: Object.fromEntries(ports) as Record<string, Record<string, never>>,
        HostConfig: { NetworkMode: 'bridge', Init: true },
      },
      tasks: tasks.map((task) => {
        const { id, attempt, spec, orders } = task;
        const refuseTask = ofTask(refuse, id);
        const process = dockerProcess(task, refuseTask);
        const HostConfig = {
          ...process.HostConfig,
          ...dockerResources(task, refuseTask),
          ReadonlyRootfs: root.mount.readOnly || spec.root?.readOnly === true,
        };
        return { id, attempt, create: { ...process, HostConfig }, orders };
      }),
      storage: storage.filter((one) => one !== root),
    };
  });
