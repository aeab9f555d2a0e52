import * as z from 'zod/mini';
import { signal, signalName } from '../element/signal.ts';
import { TaskportError } from '../errors.ts';
import { validate, wellFormed } from '../validation.ts';
import type { Output, Run } from './composition.ts';

/** By so many attempts a report may be ahead of what is known: those between were never heard of. */
const MAX_LEAP = 1_000;
/** Characters of what a runtime says of a launch that failed. */
const MAX_LAUNCH_ERROR = 4096;

const attempt = z.int().check(z.minimum(1), z.maximum(1_000_000_000));
/** Characters of a time: as exact as any clock says it. */
const MAX_TIME = 40;
/** RFC 3339, UTC. */
const at = z.iso
  .datetime({ message: 'must be a time such as `2026-01-31T12:00:00Z`' })
  .check(z.maxLength(MAX_TIME));

/** Characters of a URI. */
const MAX_URI = 2048;
const uri = z
  .string()
  .check(
    z.maxLength(MAX_URI),
    z.regex(/^[a-z][a-z0-9+.-]*:\/\/[!-~]+$/, 'must be a URI such as `s3://bucket/key`'),
  );
/** Where output is, for whoever wants to read it. */
const output = z.optional(z.strictObject({ stdout: z.optional(uri), stderr: z.optional(uri) }));

/** What whoever runs a task reports: it runs, it ended with a code or by a signal, or it could not be started. */
export const reportRequest = z.discriminatedUnion(
  'state',
  [
    z.strictObject({ attempt, state: z.literal('running'), output, at }),
    z
      .strictObject({
        attempt,
        state: z.literal('exited'),
        exitCode: z.optional(z.int().check(z.minimum(0), z.maximum(255))),
        exitSignal: z.optional(signal),
        unhealthy: z.optional(z.literal(true)),
        output,
        at,
      })
      .check(
        z.refine((exit) => (exit.exitCode === undefined) !== (exit.exitSignal === undefined), {
          path: ['exitCode'],
          message: 'is required unless there is an `exitSignal`, and only then',
        }),
      ),
    z.strictObject({
      attempt,
      state: z.literal('failed'),
      launchError: z.string().check(z.minLength(1), z.maxLength(MAX_LAUNCH_ERROR), wellFormed),
      output,
      at,
    }),
  ],
  { error: 'must be `running`, `exited` or `failed`' },
);

export interface Report {
  readonly attempt: number;
  readonly state: 'running' | 'exited' | 'failed';
  /** 0 to 255. */
  readonly exitCode?: number;
  /** The signal that ended it, without `SIG`. */
  readonly exitSignal?: string;
  readonly launchError?: string;
  /** It was ended because its health check failed. */
  readonly unhealthy?: true;
  /** Where its output is. */
  readonly output?: Output;
  /** When it happened, as the reporter says; RFC 3339, UTC. */
  readonly at: string;
}

/** Throws `invalid-request` where it is no report. */
export const parseReport = (body: unknown): Report => {
  const { exitSignal, ...report } = validate(reportRequest, body) as Report;
  return exitSignal === undefined ? report : { ...report, exitSignal: signalName(exitSignal) };
};

const refused = (detail: string, { state, attempt }: Run): TaskportError =>
  new TaskportError('invalid-state', detail, { state, attempt });

const order = { created: 0, bound: 0, running: 1, exited: 2, failed: 2 } as const;

const toRun = (former: Run, report: Report, heardAt: string): Run => {
  const { at, state, ...said } = report;
  const isSame = report.attempt === former.attempt;
  const { boundAt, startedAt, output, halted } = isSame ? former : ({} as Partial<Run>);
  const started = state === 'running' ? at : startedAt;
  const restarts = (former.restarts ?? 0) + report.attempt - former.attempt;
  const runningSince = former.runningSince ?? (state === 'running' ? heardAt : undefined);
  return {
    state,
    ...(output ? { output } : {}),
    ...said,
    ...(boundAt === undefined ? {} : { boundAt }),
    ...(started === undefined ? {} : { startedAt: started }),
    ...(state === 'running' ? {} : { endedAt: at }),
    ...(restarts === 0 ? {} : { restarts }),
    ...(runningSince === undefined ? {} : { runningSince }),
    ...(halted === undefined ? {} : { halted }),
    heardAt,
  };
};

const isRepeat = (run: Run, { attempt, state, exitCode, exitSignal, launchError }: Report): boolean =>
  run.attempt === attempt &&
  run.state === state &&
  run.exitCode === exitCode &&
  run.exitSignal === exitSignal &&
  run.launchError === launchError;

/**
 * What a report, heard at that time, makes of a task's run; undefined where it says again what is known. A greater attempt is a restart,
 * which only a bound task has. Throws `invalid-state` [state, attempt] for an older attempt, and for one that has ended;
 * `not-bound` where nobody asked for it to run.
 */
export const reportedRun = (
  run: Run,
  isBound: boolean,
  report: Report,
  id: string,
  heardAt: string,
): Run | undefined => {
  const isAsked = run.boundAt !== undefined || run.state !== 'created';
  if (!isAsked || (report.attempt > run.attempt && !isBound)) {
    throw new TaskportError('not-bound', `${id} is not bound`, { id });
  }
  if (report.attempt > run.attempt + MAX_LEAP) {
    throw refused(`attempt ${report.attempt} of ${id} does not follow ${run.attempt}`, run);
  }
  if (report.attempt < run.attempt) {
    throw refused(`attempt ${report.attempt} of ${id} is over; ${run.attempt} is the present one`, run);
  }
  if (isRepeat(run, report)) return undefined;
  if (report.attempt === run.attempt && order[report.state] <= order[run.state]) {
    throw refused(`attempt ${run.attempt} of ${id} is ${run.state} already`, run);
  }
  return toRun(run, report, heardAt);
};
