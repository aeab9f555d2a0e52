import { type Asking, pathsOfMachine, reasonsAgainst } from '../../lib/composition/asking.ts';
import type { OciProcess } from '../../lib/composition/plan/oci-process.ts';
import type { OciPlan } from '../../lib/composition/plan/oci-schema.ts';
import type { Orders } from '../../lib/composition/plan/orders.ts';
import { LaunchError } from '../../lib/execution/engine.ts';
import type { Allow } from '../../lib/location/allow.ts';

/** What a plan asks of the machine, in the words of the specifications that it was made of. */
const askingOf = ({ task, config, executor, processes, storage }: OciPlan): Asking => {
  const all: { readonly taskId: string; readonly process: OciProcess; readonly executor: Orders }[] = [
    { taskId: task.id, process: config.process, executor },
    ...processes,
  ];
  return {
    tasks: all.map(({ taskId, process, executor: { secrets } }) => ({
      id: taskId,
      spec: {
        process: { capabilities: { drop: ['ALL'], add: [...process.capabilities.bounding] as never } },
        secrets: [...secrets],
      },
    })),
    logs: all.flatMap(({ executor: { logging } }) =>
      [logging.stdout, logging.stderr].filter((sink) => sink !== 'none'),
    ),
    storage: storage.map(({ id, nfs }) => (nfs ? { id, nfs } : { id })),
  };
};

/**
 * Says of plans whether they are run here, and throws `LaunchError` where not: no log names a path of the machine, and where whoever
 * owns the machine says what tasks may ask for, they may ask for nothing else, whatever their location allows.
 */
export const machineRules =
  (allow: Allow | undefined) =>
  (plan: OciPlan): void => {
    const asking = askingOf(plan);
    const reasons = allow
      ? reasonsAgainst(
          allow,
          asking,
          (of) => `this runner does not let tasks have (\`${of}\` in its \`--allow\`)`,
        )
      : pathsOfMachine(asking.logs);
    if (reasons.length === 0) return;
    throw new LaunchError([...new Set(reasons.map(({ path, message }) => `${path} ${message}`))].join('; '));
  };
