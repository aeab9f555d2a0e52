import { defined } from '../defined.ts';
import { byNames, type Order } from '../in-order.ts';
import type { Composition, Member, Mount, Output, Run, TaskMember, TaskState } from './composition.ts';
import { formatHandle } from './handle.ts';
import type { Report } from './report.ts';

interface TaskJson {
  readonly revision: number;
  readonly state: TaskState;
  readonly attempt: number;
  readonly [detail: string]: unknown;
}

interface MemberJson {
  readonly id: string;
  readonly kind: Member['kind'];
  readonly bound: boolean;
  readonly mount?: Mount;
  readonly task?: TaskJson;
}

/** A composition as the API shows it. */
export interface CompositionJson {
  readonly executorId: string;
  readonly revision: number;
  readonly members: readonly MemberJson[];
  readonly createdAt: string;
  readonly modifiedAt: string;
  readonly modifiedBy: string;
}

const ended = { exitCode: true, exitSignal: true, launchError: true, unhealthy: true } as const;
const output: Order<Output> = { stdout: true, stderr: true };

const reportOrder: Order<Report> = { attempt: true, state: true, ...ended, output, at: true };

/** A report as the API shows it. */
export const presentReport = (report: Report): Report => byNames(reportOrder, report);

type ShownTask = Omit<TaskMember['task'], 'run' | 'spec'> &
  Run & { readonly spec?: TaskMember['task']['spec']; readonly specHidden?: true };

const taskOrder: Order<ShownTask> = {
  revision: true,
  state: true,
  attempt: true,
  ...ended,
  output,
  boundAt: true,
  startedAt: true,
  endedAt: true,
  restarts: true,
  runningSince: true,
  heardAt: true,
  halted: true,
  ephemeral: true,
  storageId: true,
  interrupt: { signal: true, count: true, attempt: true },
  spec: true,
  specHidden: true,
};

/** Whether the specification of a task is shown. */
export type ShowsSpec = (taskId: string) => boolean;

const presentTask = ({ run, spec, ...task }: TaskMember['task'], showsSpec: boolean): TaskJson => ({
  ...byNames(taskOrder, { ...task, ...run, ...(showsSpec ? { spec } : { specHidden: true }) }),
});

const presentMember = ({ id, kind, bound, mount, task }: Member, showsSpec: ShowsSpec): MemberJson =>
  defined({
    id,
    kind,
    bound,
    mount: mount && byNames({ path: true, readOnly: true, persistent: true }, mount),
    task: task && presentTask(task, showsSpec(id)),
  });

export const presentComposition = (
  { executorId, revision, members, createdAt, modifiedAt, modifiedBy }: Composition,
  showsSpec: ShowsSpec,
): CompositionJson => ({
  executorId,
  revision,
  members: members.map((member) => presentMember(member, showsSpec)),
  createdAt,
  modifiedAt,
  modifiedBy,
});

/** What every operation answers: the composition, and the handle to go on with. */
export interface HandleJson {
  readonly handle: string;
  readonly composition: CompositionJson;
}

export const presentHandle = (
  deployment: string,
  composition: Composition,
  showsSpec: ShowsSpec,
): HandleJson => ({
  handle: formatHandle(deployment, composition),
  composition: presentComposition(composition, showsSpec),
});
