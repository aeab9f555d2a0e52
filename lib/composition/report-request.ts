import * as z from 'zod/mini';
import { signal } from '../element/signal.ts';
import { signalName } from '../element/signal-name.ts';
import { validate, wellFormed } from '../validation.ts';
import type { Report } from './report.ts';

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

/** Throws `invalid-request` where it is no report. */
export const parseReport = (body: unknown): Report => {
  const { exitSignal, ...report } = validate(reportRequest, body) as Report;
  return exitSignal === undefined ? report : { ...report, exitSignal: signalName(exitSignal) };
};
