import type { Composition, Member, Mount, TaskState } from './composition.ts';
import { formatHandle } from './handle.ts';

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

/** Whether the specification of a task is shown. */
export type ShowsSpec = (taskId: string) => boolean;

const presentMember = ({ id, kind, bound, mount, task }: Member, showsSpec: ShowsSpec): MemberJson => ({
  id,
  kind,
  bound,
  ...(mount ? { mount } : {}),
  ...(task
    ? {
        task: {
          revision: task.revision,
          ...task.run,
          ephemeral: task.ephemeral,
          ...(task.storageId === undefined ? {} : { storageId: task.storageId }),
          ...(task.interrupt ? { interrupt: task.interrupt } : {}),
          ...(showsSpec(id) ? { spec: task.spec } : { specHidden: true }),
        },
      }
    : {}),
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
