import type { Composition } from '../composition/composition.ts';
import { sinkIdOf } from '../composition/logs.ts';
import { type LogSpec, logSpecDefaults } from '../element/log-spec.ts';
import type { TaskSpec } from '../element/task-spec.ts';
import { TaskportError } from '../errors.ts';
import type { StreamName } from '../execution/log-sink.ts';

/**
 * The log to which a stream of a task goes, if one has joined; members from earlier versions lack its
 * specification.
 */
const logOf = (composition: Composition, taskId: string, stream: StreamName): LogSpec => {
  const { members } = composition;
  const spec = (members.find(({ id }) => id === taskId)?.task?.spec ?? {}) as TaskSpec;
  const meant = sinkIdOf(composition, spec, stream);
  return members.find(({ id }) => id === meant)?.log ?? {};
};

/** How long the service keeps a stream, and how much of it. */
export const keptOf = (composition: Composition, taskId: string, stream: StreamName) => {
  const { service = {} } = logOf(composition, taskId, stream);
  const { retentionDays, maxSizeMiB } = logSpecDefaults.service;
  return {
    days: service.retentionDays ?? retentionDays,
    bytes: (service.maxSizeMiB ?? maxSizeMiB) * 1024 * 1024,
  };
};

/** The last attempt of a task that a composition records. */
const latestAttempt = ({ members, attempts, attemptFloor }: Composition, taskId: string): number =>
  members.find(({ id }) => id === taskId)?.task?.run.attempt ?? attempts[taskId] ?? attemptFloor;

/** Throws `not-bound` for an attempt that was never bound. */
export const assertAttempted = (composition: Composition, taskId: string, attempt: number): void => {
  const latest = latestAttempt(composition, taskId);
  if (attempt <= latest) return;
  const detail = `nobody asked for attempt ${attempt} of ${taskId}: write the output of attempt ${latest}, the last one`;
  throw new TaskportError('not-bound', detail, { id: taskId });
};

/** Whether an attempt can no longer write. */
export const isOver = ({ members, attempts, attemptFloor }: Composition, taskId: string, attempt: number) => {
  const run = members.find(({ id }) => id === taskId)?.task?.run;
  if (run === undefined) return attempt <= (attempts[taskId] ?? attemptFloor);
  if (attempt !== run.attempt) return attempt < run.attempt;
  return run.state === 'exited' || run.state === 'failed';
};

/** Milliseconds after the report of an end during which an engine's log may lack the last lines. */
const SETTLING_MS = 5_000;

/** Whether an engine has written the last line of an attempt that is over. */
export const isSettled = (
  composition: Composition | undefined,
  taskId: string,
  attempt: number,
  now: number,
): boolean => {
  const run = composition?.members.find(({ id }) => id === taskId)?.task?.run;
  return run?.attempt !== attempt || now - Date.parse(run.heardAt ?? '') >= SETTLING_MS;
};
