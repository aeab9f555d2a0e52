import { defined } from './defined.ts';

/**
 * The telemetry of functions: one line of JSON for each invocation. It contains the metrics (CloudWatch embedded
 * metric format), so that they need no call of their own.
 */

/**
 * The CloudWatch namespace of the metrics. Their dimensions are the deployment, and the field that tells values
 * apart.
 */
export const NAMESPACE = 'Taskport';

/** Every metric there is, and its unit. */
const metricUnits = {
  /** The duration of a call of the API, by its operation. The number of calls is the count of its samples. */
  Latency: 'Milliseconds',
  /** Calls that the API answered by a problem, by its code. */
  Problems: 'Count',
  /** The time from a change of the table to the end of a stream function's work on it, by function. */
  Lag: 'Milliseconds',
  /** Changes that a function of the stream got, and those that it has to get again. */
  Changes: 'Count',
  Unfinished: 'Count',
  /** Finished runs of the sweeper, the rows that they finished, and those that they postponed. */
  Sweeps: 'Count',
  Swept: 'Count',
  Postponed: 'Count',
  /** Uploads that were verified, by result. */
  Verified: 'Count',
  /** Actions of supervision, by action. */
  Supervised: 'Count',
  /**
   * Runs of the reconciliation of tasks on Fargate, the executors that they looked at, and those with which they
   * failed.
   */
  Reconciliations: 'Count',
  Reconciled: 'Count',
  Unreconciled: 'Count',
  /** Tasks of ECS without a launch, which were stopped. */
  Strays: 'Count',
  /** Batches that were set aside and handled later, and those that remain. */
  Redriven: 'Count',
  Left: 'Count',
} as const;

export type MetricName = keyof typeof metricUnits;

/** Values of metrics, and the field of the line that is their dimension. */
export interface Metrics {
  readonly by?: string;
  readonly values: Readonly<Partial<Record<MetricName, number>>>;
}

/** What a line says beside its time. */
export interface Fields {
  readonly level?: 'INFO' | 'ERROR';
  readonly message: string;
  readonly [field: string]: unknown;
}

/** The X-Ray trace of an invocation, in Lambda's form. */
const xrayTrace = (): string | undefined => /Root=([^;]+)/.exec(process.env._X_AMZN_TRACE_ID ?? '')?.[1];

/** An error with its stack and its causes. */
export const tellError = (error: unknown): string => {
  const told = (error as Error).stack ?? String(error);
  const { cause } = error as Error;
  return cause === undefined ? told : `${told}\nfrom ${tellError(cause)}`;
};

/** One line: its time and level in Lambda's form, its fields, and its metrics. */
export const toLine = (
  { level = 'INFO', ...fields }: Fields,
  metrics: readonly Metrics[],
  now: number = Date.now(),
): string => {
  const given = metrics.filter(({ values }) => Object.keys(values).length > 0);
  const embedded = {
    Timestamp: now,
    CloudWatchMetrics: given.map(({ by, values }) => ({
      Namespace: NAMESPACE,
      Dimensions: [['deployment', ...(by === undefined ? [] : [by])]],
      Metrics: Object.keys(values).map((name) => ({ Name: name, Unit: metricUnits[name as MetricName] })),
    })),
  };
  return JSON.stringify({
    timestamp: new Date(now).toISOString(),
    level,
    deployment: process.env.TASKPORT_DEPLOYMENT ?? 'local',
    xrayTraceId: xrayTrace(),
    ...fields,
    ...Object.assign({}, ...given.map(({ values }) => values)),
    ...defined({ _aws: given.length > 0 ? embedded : undefined }),
  });
};

/**
 * Writes a line. On Lambda it goes unchanged to standard output: `console` would wrap it, and CloudWatch finds
 * metrics only at the top level of a line. Elsewhere it goes to standard error: all lines if
 * `TASKPORT_TELEMETRY` is set, otherwise only errors that have no other output.
 */
export const writeLine = (line: string, isError = false): void => {
  const { AWS_LAMBDA_FUNCTION_NAME: onLambda, TASKPORT_TELEMETRY: asked } = process.env;
  if (onLambda !== undefined) process.stdout.write(`${line}\n`);
  else if (asked || isError) process.stderr.write(`${line}\n`);
};
