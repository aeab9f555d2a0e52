import * as z from 'zod/mini';
import { defined } from '../defined.ts';
import { signal } from '../element/signal.ts';
import { signalName } from '../element/signal-name.ts';
import { MAX_WORDS } from '../engine-words.ts';
import { described, optional } from '../facts.ts';
import { inOrder } from '../in-order.ts';
import { heldEpoch } from '../location/runner-schema.ts';
import type { Shown } from '../shown.ts';
import { validate, wellFormed } from '../validation.ts';
import { reasonOf } from './reason.ts';
import {
  END,
  exitCode,
  following,
  launchError,
  lost,
  OUTPUT,
  outcome,
  outOfMemory,
  stderr,
  stdout,
  unhealthy,
  waitsFor,
} from './run-schema.ts';

const attempt = described(
  z.int().check(z.minimum(1), z.maximum(1_000_000_000)),
  'The number of the attempt: the one in the composition, or a later one if the task was restarted.',
);
const STATE =
  'The state of the attempt. `bound`: it has not started yet, and waits. `running`: it runs. `exited`: it ended. `failed`: it could not start, or its end is unknown.';

const isSaid = [z.minLength(1), z.maxLength(MAX_WORDS), wellFormed] as const;
/** Characters of a time: enough for the precision of any clock. */
const MAX_TIME = 40;
const instant = z.iso
  .datetime({ message: 'must be a time such as `2026-01-31T12:00:00Z`' })
  .check(z.maxLength(MAX_TIME));
const at = described(instant, 'The time of the reported change; RFC 3339, UTC.');
const since = optional(
  instant,
  'The `createdAt` of the composition that asked for the attempt, if the runner knows it. The service refuses a report on another composition.',
);

const epoch = optional(
  heldEpoch,
  'The epoch of the runner’s lease, from the answer to its claim. The service refuses a report with an older epoch. Absent if the caller runs the executor by other means than a runner.',
);

/** Characters of a URI. */
const MAX_URI = 2048;
const isUri = [
  z.maxLength(MAX_URI),
  z.regex(/^[a-z][a-z0-9+.-]*:\/\/[!-~]+$/, 'must be a URI such as `s3://bucket/key`'),
] as const;
const output = optional(
  z.strictObject({
    stdout: z.optional(stdout.check(...isUri)),
    stderr: z.optional(stderr.check(...isUri)),
  }),
  OUTPUT,
);

/**
 * A report of a runner on a task: it waits, it runs, it ended with a code or by a signal, it was lost, or it
 * could not start.
 */
export const reportRequest = z.discriminatedUnion(
  'state',
  [
    z.strictObject({
      attempt,
      state: described(z.literal('bound'), STATE),
      waitsFor: waitsFor.check(...isSaid),
      since,
      epoch,
      at,
    }),
    z.strictObject({
      attempt,
      state: described(z.literal('running'), STATE),
      output,
      since,
      epoch,
      at,
    }),
    z
      .strictObject({
        attempt,
        state: described(z.literal('exited'), STATE),
        exitCode: z.optional(exitCode.check(z.minimum(0), z.maximum(255))),
        exitSignal: optional(signal, END),
        outOfMemory: z.optional(outOfMemory),
        unhealthy: z.optional(unhealthy),
        output,
        since,
        epoch,
        at,
      })
      .check(
        z.refine((exit) => (exit.exitCode === undefined) !== (exit.exitSignal === undefined), {
          path: ['exitCode'],
          message: 'is required unless there is an `exitSignal`, and only then',
        }),
      ),
    z
      .strictObject({
        attempt,
        state: described(z.literal('failed'), STATE),
        launchError: z.optional(launchError.check(...isSaid)),
        lost: z.optional(lost.check(...isSaid)),
        output,
        since,
        epoch,
        at,
      })
      .check(
        z.refine((failed) => (failed.launchError === undefined) !== (failed.lost === undefined), {
          path: ['launchError'],
          message: 'is required unless it is `lost`, and only then',
        }),
      ),
  ],
  { error: 'must be `bound`, `running`, `exited` or `failed`' },
);

/** A report as it is kept, and as the API shows it. */
export const report = z.object({
  attempt,
  state: described(z.enum(['bound', 'running', 'exited', 'failed']), STATE),
  waitsFor: z.optional(waitsFor),
  ...outcome,
  ...following,
  at,
});
export type Report = Shown<typeof report>;
/** The fields that a runner reports; the service adds the others. */
export type ReportRequest = Omit<Report, 'reason' | keyof typeof following> & {
  readonly since?: string;
  readonly epoch?: number;
};

/** A report as the API shows it. */
export const presentReport = (kept: Report): Report =>
  inOrder(report, { ...kept, ...defined({ reason: reasonOf(kept) }) });

/** Throws `invalid-request` if the body is no report. */
export const parseReport = (body: unknown): ReportRequest => {
  const { exitSignal, ...said } = validate(reportRequest, body) as ReportRequest;
  return inOrder(report, exitSignal === undefined ? said : { ...said, exitSignal: signalName(exitSignal) });
};
