import { createHash } from 'node:crypto';
import { access, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { OciExec, OciPlan } from '../../lib/composition/plan/oci-schema.ts';
import type { Orders } from '../../lib/composition/plan/orders.ts';
import type { Attempt, Output } from '../../lib/execution/attempt.ts';

/** A name for a file of what may be too long for one, or may have signs that files cannot. */
export const nameOf = (...parts: readonly string[]): string =>
  createHash('sha256').update(parts.join('\n')).digest('hex').slice(0, 32);

export const exists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );

/** What is known of an attempt on disk, so that nothing of it need be remembered. It holds references to secrets, no values. */
export interface AttemptRecord {
  readonly attempt: Attempt;
  readonly plan: OciPlan;
  readonly output: Output;
}

/** The attempt of the first task of a plan: what the container is called after. */
export const firstAttempt = ({
  attempt: { executorId },
  plan: { task },
}: Pick<AttemptRecord, 'attempt' | 'plan'>): Attempt => ({
  executorId,
  taskId: task.id,
  attempt: task.attempt,
});

/** A further process of the container that the attempt is; undefined where it is the container's first. */
export const furtherOf = ({ attempt, plan }: Pick<AttemptRecord, 'attempt' | 'plan'>): OciExec | undefined =>
  plan.task.id === attempt.taskId
    ? undefined
    : plan.processes.find(({ taskId }) => taskId === attempt.taskId);

export const ordersFor = (record: AttemptRecord): Orders => (furtherOf(record) ?? record.plan).executor;

/** What is run, as the task names it. */
export const programOf = (record: AttemptRecord): string =>
  (furtherOf(record) ?? record.plan).config.process.args[0] ?? '';

/** Where things are below the directory of an executor. */
export class StateDirectory {
  readonly path: string;

  constructor(path: string) {
    this.path = path;
  }

  /** State of runc itself. */
  get runtime(): string {
    return join(this.path, 'runc');
  }

  get layers(): string {
    return join(this.path, 'layers');
  }

  get attempts(): string {
    return join(this.path, 'attempts');
  }

  attempt(attempt: Attempt): string {
    return join(this.attempts, attemptName(attempt));
  }

  /** What an executor wrote to its storage, by storage. */
  executor(executorId: string): string {
    return join(this.path, 'executors', nameOf(executorId));
  }

  /** What was written to a volume, whoever wrote it. */
  volume(volumeId: string): string {
    return join(this.path, 'volumes', nameOf(volumeId));
  }
}

export const attemptName = ({ executorId, taskId, attempt }: Attempt): string =>
  nameOf(executorId, taskId, String(attempt));

const RECORD = 'record.json';

export const writeRecord = (directory: string, record: AttemptRecord): Promise<void> =>
  writeFile(join(directory, RECORD), JSON.stringify(record), { mode: 0o600 });

/** Undefined where there is none, or half of one. */
export const readRecord = async (directory: string): Promise<AttemptRecord | undefined> => {
  try {
    return JSON.parse(await readFile(join(directory, RECORD), 'utf8')) as AttemptRecord;
  } catch {
    return undefined;
  }
};
