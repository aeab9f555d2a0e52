import { inOrder } from '../../in-order.ts';
import { ROOT } from '../composition.ts';
import { refuseExcess } from './allowance.ts';
import { refuseNoCommand, refuseUnexpressed } from './command.ts';
import type { ComposedContainer } from './composed-container.ts';
import { containerPlan } from './container-schema.ts';
import { refuseOurLabels } from './label.ts';
import { isWithin } from './mount-order.ts';
import { refuseObstacles } from './mount-under-file.ts';
import type { Rendered } from './plan-input.ts';
import { ofStorage, ofTask, render } from './refusal.ts';
import { refuseMissingLogs } from './sink.ts';
import { refuseTmpfsOnStorage } from './tmpfs.ts';

/** The composed container itself, for the programs that render it. */
export interface ContainerPlan extends ComposedContainer {
  readonly target: 'container';
}

/** The composition independent of any engine. It refuses only what no engine can run. */
export const renderContainer = (container: ComposedContainer): Rendered<ContainerPlan> =>
  render((refuse) => {
    const { executor, storage, tasks, logs } = container;
    if (!storage.some(({ mount }) => mount.path === ROOT))
      refuse('storage', `has nothing at \`${ROOT}\`: join an image there`);
    for (const { id, mount } of storage) {
      if (isWithin(mount.path, '/proc'))
        ofStorage(refuse, id)(
          'mount.path',
          'is in `/proc`, in which no runtime mounts anything: take another path',
        );
    }
    refuseObstacles(storage, refuse);
    if (tasks.length === 0) refuse('tasks', 'are none: join a task');
    refuseUnexpressed(container, refuse);
    for (const task of tasks) {
      const { id, spec } = task;
      const refuseTask = ofTask(refuse, id);
      refuseNoCommand(task, refuseTask);
      refuseExcess(spec.resources, executor.spec.resources, refuseTask);
      refuseOurLabels(spec, refuseTask);
      refuseTmpfsOnStorage(spec, storage, refuseTask);
      refuseMissingLogs(spec, logs, refuseTask);
    }
    return inOrder(containerPlan, { target: 'container', ...container });
  });
