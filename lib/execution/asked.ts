import { effectiveSpec } from '../composition/effective-spec.ts';
import { filledHealthCheck } from '../composition/plan/filled.ts';
import { imageAtRoot } from '../composition/root-image.ts';
import type { CompositionJson } from '../composition/shown-composition.ts';
import { defined } from '../defined.ts';
import type { TaskSpec } from '../element/task-spec.ts';
import type { Attempt } from './attempt.ts';
import type { HealthCheck } from './health.ts';

/** A signal to send to an attempt; `count` tells it from those before it. */
export interface Interrupt {
  readonly signal: string;
  readonly count: number;
}

/** The part of a composition about one of its tasks. */
export interface Asked {
  readonly attempt: Attempt;
  /** Whether it is the first task, beside which the others run. */
  readonly isFirst: boolean;
  /** Whether this attempt is to run: it is bound, no deadline has halted it, and no report says that it ended. */
  readonly isToRun: boolean;
  /** Whether a report says that it runs: an agent that finds no such container has lost it. */
  readonly isLost: boolean;
  readonly interrupt?: Interrupt;
  readonly healthCheck: HealthCheck | undefined;
}

/** The part of a composition that an agent acts on. */
export interface AskedExecutor {
  /**
   * When the composition was created. Another composition of the same executor counts its attempts from 1 again.
   * RFC 3339, UTC.
   */
  readonly since: string;
  readonly tasks: readonly Asked[];
  /** Storage whose writes stay: it is joined, and bound if nobody saves its writes. */
  readonly storage: readonly string[];
  /** The attachments of the executor; writes of other attachments are not its own. */
  readonly attachments: readonly string[];
  /** The volumes to save. */
  readonly saving: readonly AskedSave[];
}

/** A volume that was unbound, and whose writes have to be saved. */
export interface AskedSave {
  readonly executorId: string;
  readonly volumeId: string;
  readonly attachment: string;
  /** Increases when the same executor binds the volume again. */
  readonly round: number;
  /** The engine that has the writes. */
  readonly engine: string;
}

export const askedBy = ({ executorId, members, createdAt }: CompositionJson): AskedExecutor => {
  const first = members.find(({ bound, task }) => bound && task !== undefined);
  const image = imageAtRoot(members)?.spec;
  return {
    since: createdAt,
    storage: members.flatMap(({ id, mount, bound }) =>
      mount && (bound || mount.save !== 'never') ? [id] : [],
    ),
    attachments: members.flatMap(({ attachment }) => attachment ?? []),
    saving: members.flatMap(({ id, saving }) =>
      saving
        ? [
            {
              executorId,
              volumeId: id,
              attachment: saving.attachment,
              round: saving.round,
              engine: saving.engine,
            },
          ]
        : [],
    ),
    tasks: members.flatMap((member) => {
      const { id, bound, task } = member;
      if (!task) return [];
      const { state, attempt, halted } = task;
      const interrupt = task.interrupt as (Interrupt & { readonly attempt: number }) | undefined;
      return [
        {
          attempt: { executorId, taskId: id, attempt },
          isFirst: member === first,
          isToRun: bound && halted === undefined && (state === 'bound' || state === 'running'),
          isLost: state === 'running',
          ...defined({ interrupt: interrupt?.attempt === attempt ? interrupt : undefined }),
          healthCheck: filledHealthCheck(effectiveSpec((task.spec ?? {}) as TaskSpec, image)),
        },
      ];
    }),
  };
};
