import { ROOT } from '../composition.ts';
import type { ComposedContainer } from './composed-container.ts';
import { dockerGroup } from './docker-group.ts';
import { dockerImage } from './docker-image.ts';
import { dockerProcess } from './docker-process.ts';
import { dockerResources } from './docker-resources.ts';
import type { DockerPlan } from './docker-schema.ts';
import type { Rendered } from './plan-input.ts';
import { ofStorage, ofTask, render } from './refusal.ts';
import { refuseShares } from './task-shares.ts';
import { refuseUnrunnable } from './unrunnable.ts';

/** The composition as a group of containers of a Docker engine: one that holds what they share, and one for each task. */
export const renderDocker = (container: ComposedContainer): Rendered<DockerPlan> =>
  render((refuse) => {
    refuseUnrunnable(container, refuse);
    const { storage, tasks } = container;
    const root = storage.find(({ mount }) => mount.path === ROOT);
    if (root === undefined) return undefined;
    refuseShares(container, 'Docker', refuse);
    return {
      target: 'docker',
      image: dockerImage(root, ofStorage(refuse, root.id)),
      group: dockerGroup(container),
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
