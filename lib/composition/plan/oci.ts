import { taskSpecDefaults } from '../../element/task-spec/defaults.ts';
import { ROOT } from '../composition.ts';
import { refuseExcess, statedResources } from './allowance.ts';
import { refuseUnexpressed } from './command.ts';
import type { ComposedContainer, ComposedTask } from './composed-container.ts';
import { refuseOurLabels } from './label.ts';
import { refuseObstacles } from './mount-under-file.ts';
import { type OciConfig, ociConfig } from './oci-config.ts';
import { ociProcess } from './oci-process.ts';
import type { OciPlan } from './oci-schema.ts';
import { ociStorage } from './oci-storage.ts';
import type { Rendered } from './plan-input.ts';
import { ofTask, type Refuse, render } from './refusal.ts';
import { refuseMissingLogs } from './sink.ts';

/** What only a container as a whole can have: a further task may say it, but not otherwise. */
const refuseOthers = (
  { spec }: ComposedTask,
  { linux, root, annotations }: OciConfig,
  refuse: Refuse,
): void => {
  const { memory, cpu, pids } = linux.resources;
  const has = statedResources({ memory, cpu, pids: pids?.limit });
  for (const [path, value] of statedResources(spec.resources)) {
    if (has.get(path) !== value)
      refuse(`resources.${path}`, 'is not what the first task gives the container');
  }
  if (spec.root?.readOnly !== undefined && spec.root.readOnly !== root.readonly)
    refuse('root.readOnly', 'is not what the first task gives the container');
  for (const [key, value] of Object.entries(spec.annotations ?? {})) {
    if (annotations[key] !== value)
      refuse(`annotations["${key}"]`, 'is not what the first task gives the container');
  }
};

/** The composition as an OCI bundle: its tasks are processes of one container, the first of them its init. */
export const renderOci = (container: ComposedContainer): Rendered<OciPlan> =>
  render((refuse) => {
    const { executor, logs } = container;
    const [main, ...others] = container.tasks;
    const readOnlyRoot = main?.spec.root?.readOnly ?? taskSpecDefaults.root.readOnly;
    const storage = ociStorage(container.storage, readOnlyRoot, refuse);
    refuseObstacles(container.storage, refuse);
    refuseUnexpressed(container, refuse);
    const [root] = storage;
    if (root?.mountPath !== ROOT) refuse('storage', `has nothing at \`${ROOT}\``);
    if (main === undefined) refuse('tasks', 'are none: there is nothing to run');
    if (main === undefined || root === undefined) return undefined;
    const refuseMain = ofTask(refuse, main.id);
    const process = ociProcess(main, refuseMain);
    refuseExcess(main.spec.resources, executor.spec.resources, refuseMain);
    refuseOurLabels(main.spec, refuseMain);
    refuseMissingLogs(main.spec, logs, refuseMain);
    const config = ociConfig(executor.hostname, process, root.readOnly, storage, main.resources, main.labels);
    return {
      target: 'oci',
      task: { id: main.id, attempt: main.attempt },
      config,
      layers: root.layers,
      storage,
      executor: main.orders,
      processes: others.map((task) => {
        const refuseTask = ofTask(refuse, task.id);
        refuseOthers(task, config, refuseTask);
        const further = ociProcess(task, refuseTask);
        refuseMissingLogs(task.spec, logs, refuseTask);
        return { taskId: task.id, attempt: task.attempt, process: further, executor: task.orders };
      }),
    };
  });
