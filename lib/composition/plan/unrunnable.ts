import { ROOT } from '../composition.ts';
import { refuseExcess } from './allowance.ts';
import { refuseNoCommand, refuseUnexpressed } from './command.ts';
import type { ComposedContainer } from './composed-container.ts';
import { refuseOurLabels } from './label.ts';
import { isWithin } from './mount-order.ts';
import { refuseObstacles } from './mount-under-file.ts';
import { ofStorage, ofTask, type Refuse } from './refusal.ts';
import { refuseMissingLogs } from './sink.ts';
import { refuseTmpfsOnStorage } from './tmpfs.ts';

/** Refuses a composition that no engine can run; each target adds its own refusals. */
export const refuseUnrunnable = (container: ComposedContainer, refuse: Refuse): void => {
  const { executor, storage, tasks, logs } = container;
  if (!storage.some(({ mount }) => mount.path === ROOT))
    refuse('storage', `has no root filesystem: join an image at \`${ROOT}\``);
  for (const { id, mount } of storage) {
    if (isWithin(mount.path, '/proc'))
      ofStorage(refuse, id)(
        'mount.path',
        'is in `/proc`, where no runtime mounts storage: take another path',
      );
  }
  refuseObstacles(storage, refuse);
  if (tasks.length === 0) refuse('tasks', 'is empty: join a task');
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
};
