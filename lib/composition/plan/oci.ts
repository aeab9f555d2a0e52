import { taskSpecDefaults } from '../../element/task-spec/defaults.ts';
import type { ComposedContainer, ComposedTask } from './composed-container.ts';
import { ociConfig } from './oci-config.ts';
import { ociProcess } from './oci-process.ts';
import type { OciPlan } from './oci-schema.ts';
import { ociStorage } from './oci-storage.ts';
import type { Rendered } from './plan-input.ts';
import { ofTask, render } from './refusal.ts';
import { refuseShares } from './task-shares.ts';
import { refuseUnrunnable } from './unrunnable.ts';

/**
 * The composition as OCI bundles: each task is a container of its own, and the containers share namespaces and
 * storage.
 */
export const renderOci = (container: ComposedContainer): Rendered<OciPlan> =>
  render((refuse) => {
    const { executor, tasks } = container;
    refuseUnrunnable(container, refuse);
    const isReadOnly = ({ spec }: ComposedTask): boolean =>
      spec.root?.readOnly ?? taskSpecDefaults.root.readOnly;
    const storage = ociStorage(container.storage, tasks.every(isReadOnly), refuse);
    const [root] = storage;
    if (root === undefined) return undefined;
    refuseShares(container, 'OCI', refuse);
    const [main, ...others] = tasks.map((task) => {
      const { id, attempt, orders } = task;
      const process = ociProcess(task, ofTask(refuse, id));
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
