import { cpusOf } from './allowance.ts';
import type { ComposedContainer, ComposedTask } from './composed-container.ts';
import { ofTask, type Refuse, refuseUnder } from './refusal.ts';

/** The executor's limit of a resource, and the share of each of its tasks. */
interface Share {
  readonly path: string;
  readonly whole: number | undefined;
  readonly of: (task: ComposedTask) => number | undefined;
}

const sharesOf = ({ memory, cpu, pids }: ComposedTask['resources']): Share[] => [
  { path: 'memory.limit', whole: memory?.limit, of: ({ spec }) => spec.resources?.memory?.limit },
  {
    path: 'cpu.quota',
    whole: cpusOf({ cpu }),
    of: ({ spec }) => cpusOf({ cpu: { period: cpu?.period, ...spec.resources?.cpu } }),
  },
  { path: 'pids', whole: pids, of: ({ spec }) => spec.resources?.pids },
];

/**
 * Refuses several tasks of an executor that limits them together, unless each states its own share: the engine
 * limits single containers, and has no limit around several of them.
 */
export const refuseShares = (
  { executor, tasks }: ComposedContainer,
  limits: string,
  report: Refuse,
): void => {
  if (tasks.length < 2) return;
  const whole = executor.spec.resources ?? {};
  const refuse = refuseUnder(report, 'executor.resources');
  for (const { path, whole: has, of } of sharesOf(whole)) {
    if (has === undefined) continue;
    for (const task of tasks) {
      if (of(task) === undefined)
        ofTask(report, task.id)(
          `resources.${path}`,
          `is missing: the executor limits its tasks together, and ${limits} limits each of them: set it in each task`,
        );
    }
    const shares = tasks.map((task) => of(task) ?? 0);
    const asked = shares.reduce((sum, share) => sum + share, 0);
    // Another rule already reports a single task that asks for more than the limit.
    if (asked > has && shares.every((share) => share <= has))
      refuse(path, `is ${has}, and its tasks ask for ${asked} together: give it more, or them less`);
  }
  const reserved = whole.memory?.reservation;
  if (reserved !== undefined)
    refuse(
      'memory.reservation',
      `is of several tasks together, and ${limits} keeps memory for each: set it in the tasks`,
    );
  if (whole.cpu?.shares !== undefined)
    refuse('cpu.shares', `is of several tasks together, and ${limits} weighs each: set it in the tasks`);
};
