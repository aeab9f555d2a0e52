import { parseId } from '../../element/id.ts';
import { taskSpecDefaults } from '../../element/task-spec/defaults.ts';
import { ROOT } from '../composition.ts';
import { allowanceOf, statedResources } from './allowance.ts';
import { labelsOf } from './label.ts';
import { refuseMountsUnderFiles } from './mount-under-file.ts';
import { type OciConfig, ociConfig } from './oci-config.ts';
import { type OciProcess, ociProcess } from './oci-process.ts';
import { type OciLayer, type OciStorage, ociStorage } from './oci-storage.ts';
import { type Orders, ordersOf } from './orders.ts';
import type { PlanInput, PlannedTask, Rendered } from './plan-input.ts';
import { ofTask, type Refuse, render } from './refusal.ts';

/** A further task of the same container: what `runc exec --process` takes, and what OCI has no words for. */
export interface OciExec {
  readonly taskId: string;
  readonly attempt: number;
  readonly process: OciProcess;
  readonly executor: Orders;
}

/**
 * A bundle of the OCI runtime specification, and what is to be done around it. Whoever runs it unpacks (or
 * mounts) all of `storage` at its paths below the bundle, writes `config` as config.json beside them, and keeps
 * to `executor`.
 */
export interface OciPlan {
  readonly target: 'oci';
  /** The task that is the first process of the container; the container ends with it. */
  readonly task: { readonly id: string; readonly attempt: number };
  readonly config: OciConfig;
  /** Those of the root filesystem, the eldest first. */
  readonly layers: readonly OciLayer[];
  /** The root filesystem first. */
  readonly storage: readonly OciStorage[];
  readonly executor: Orders;
  readonly processes: readonly OciExec[];
}

/** A host name of what the executor is called (RFC 1123): up to 63 letters, digits and inner hyphens. */
const hostnameOf = ({ id, spec }: PlanInput['executor']): string =>
  spec.hostname ??
  parseId(id, 'executor')
    .name.replace(/[^A-Za-z0-9]+/g, '-')
    .slice(0, 63)
    .replace(/-$/, '');

/** What only a container as a whole can have: a further task may say it, but not otherwise. */
const refuseOthers = (
  { spec }: PlannedTask,
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
export const renderOci = (input: PlanInput): Rendered<OciPlan> =>
  render((refuse) => {
    const { executor, logs } = input;
    const [main, ...others] = input.tasks;
    const readOnlyRoot = main?.spec.root?.readOnly ?? taskSpecDefaults.root.readOnly;
    const storage = ociStorage(input.storage, readOnlyRoot, refuse);
    refuseMountsUnderFiles(input.storage, refuse);
    const [root] = storage;
    if (root?.mountPath !== ROOT) refuse('storage', `has nothing at \`${ROOT}\``);
    if (main === undefined) refuse('tasks', 'are none: there is nothing to run');
    if (main === undefined || root === undefined) return undefined;
    const refuseMain = ofTask(refuse, main.id);
    const config = ociConfig(
      hostnameOf(executor),
      ociProcess(main.spec, refuseMain),
      root.readOnly,
      storage,
      allowanceOf(main.spec.resources, executor.spec.resources, refuseMain),
      labelsOf(main, executor.id, refuseMain),
    );
    return {
      target: 'oci',
      task: { id: main.id, attempt: main.attempt },
      config,
      layers: root.layers,
      storage,
      executor: ordersOf(main.spec, logs, refuseMain),
      processes: others.map((task) => {
        const refuseTask = ofTask(refuse, task.id);
        refuseOthers(task, config, refuseTask);
        return {
          taskId: task.id,
          attempt: task.attempt,
          process: ociProcess(task.spec, refuseTask),
          executor: ordersOf(task.spec, logs, refuseTask),
        };
      }),
    };
  });
