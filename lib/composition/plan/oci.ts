import { taskSpecDefaults } from '../../element/task-spec/defaults.ts';
import { ROOT } from '../composition.ts';
import { refuseExcess } from './allowance.ts';
import { refuseUnexpressed } from './command.ts';
import type { ComposedContainer, ComposedTask } from './composed-container.ts';
import { refuseOurLabels } from './label.ts';
import { refuseObstacles } from './mount-under-file.ts';
import { ociConfig } from './oci-config.ts';
import { ociProcess } from './oci-process.ts';
import type { OciPlan } from './oci-schema.ts';
import { ociStorage } from './oci-storage.ts';
import type { Rendered } from './plan-input.ts';
import { ofTask, render } from './refusal.ts';
import { refuseMissingLogs } from './sink.ts';
import { refuseShares } from './task-shares.ts';
import { refuseTmpfsOnStorage } from './tmpfs.ts';

/**
 * The composition as OCI bundles: each task is a container of its own, and the containers share namespaces and
 * storage.
 */
export const renderOci = (container: ComposedContainer): Rendered<OciPlan> =>
  render((refuse) => {
    const { executor, logs, tasks } = container;
    const isReadOnly = ({ spec }: ComposedTask): boolean =>
      spec.root?.readOnly ?? taskSpecDefaults.root.readOnly;
    const storage = ociStorage(container.storage, tasks.every(isReadOnly), refuse);
    refuseObstacles(container.storage, refuse);
    refuseUnexpressed(container, refuse);
    const [root] = storage;
    if (root?.mountPath !== ROOT) refuse('storage', `has nothing at \`${ROOT}\`: join an image there`);
    if (tasks.length === 0) refuse('tasks', 'are none: join a task');
    if (root === undefined) return undefined;
    refuseShares(container, 'OCI', refuse);
    const [main, ...others] = tasks.map((task) => {
      const { id, attempt, spec, orders } = task;
      const refuseTask = ofTask(refuse, id);
      refuseExcess(spec.resources, executor.spec.resources, refuseTask);
      refuseOurLabels(spec, refuseTask);
      refuseTmpfsOnStorage(spec, container.storage, refuseTask);
      refuseMissingLogs(spec, logs, refuseTask);
      const process = ociProcess(task, refuseTask);
      const config = ociConfig(executor, task, process, root.readOnly || isReadOnly(task), storage);
      return { id, attempt, config, executor: orders };
    });
    if (main === undefined) return undefined;
    const { network, extraHosts } = executor;
    return {
      target: 'oci',
      task: { id: main.id, attempt: main.attempt },
      config: main.config,
      layers: root.layers,
      storage,
      network: { ...network, extraHosts },
      executor: main.executor,
      processes: others.map(({ id, ...rest }) => ({ taskId: id, ...rest })),
    };
  });
