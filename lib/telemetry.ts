import { defined } from './defined.ts';

/**
 * What functions tell of themselves: a line of JSON an invocation, which carries its metrics with it (CloudWatch embedded
 * metric format), so that they cost no call of their own.
 */

/** Where CloudWatch keeps the metrics. Each stands under its deployment, and under what tells its values apart. */
export const NAMESPACE = 'Taskport';

/** Every metric there is, and its unit. */
const metricUnits = {
  /** Of a call of the API, by its operation. How many there were is the count of its samples. */
  Latency: 'Milliseconds',
  /** Calls that were answered by a problem, by its code. */
  Problems: 'Count',
  /** From a change of the table to the end of what a function of its stream did about it, by that function. */
  Lag: 'Milliseconds',
  /** Changes that a function of the stream was given, and how often it has to be given some again. */
  Changes: 'Count',
  Unfinished: 'Count',
  /** Runs of the sweeper that came to their end, the rows that they finished, and those that they put off. */
  Sweeps: 'Count',
  Swept: 'Count',
  Postponed: 'Count',
  /** Uploads that were read, by what came of it. */
  Verified: 'Count',
  /** What supervision did about tasks, by what it was. */
  Supervised: 'Count',
  /** Runs of the reconciliation of tasks on Fargate, the executors that it looked at, and those of which it could tell nothing. */
  Reconciliations: 'Count',
  Reconciled: 'Count',
  Unreconciled: 'Count',
  /** Tasks of ECS that were stopped, since no launch knows them. */
  Strays: 'Count',
  /** Batches that were set aside and went through, and those that are still there. */
  Redriven: 'Count',
  Left: 'Count',
} as const;

export type MetricName = keyof typeof metricUnits;

/** Values of metrics, and the field of the line that tells these values apart. */
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

/** The trace of AWS X-Ray that an invocation belongs to, as Lambda names it. */
const xrayTrace = (): string | undefined => /Root=([^;]+)/.exec(process.env._X_AMZN_TRACE_ID ?? '')?.[1];

/** What was thrown, with where, and what led to it. */
export const tellError = (error: unknown): string => {
  const told = (error as Error).stack ?? String(error);
  const { cause } = error as Error;
  return cause === undefined ? told : `${told}\nfrom ${tellError(cause)}`;
};

/** One line: its time and level as Lambda looks for them, what it says, and its metrics. */
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
 * Says a line. On Lambda it goes to standard output as it stands: `console` would wrap it, and CloudWatch finds metrics at
 * the top of a line alone. Elsewhere all go to standard error where `TASKPORT_TELEMETRY` is set, and errors that are told nowhere else
 * in any case.
 */
export const writeLine = (line: string, isError = false): void => {
  const { AWS_LAMBDA_FUNCTION_NAME: onLambda, TASKPORT_TELEMETRY: asked } = process.env;
  if (onLambda !== undefined) process.stdout.write(`${line}\n`);
  else if (asked || isError) process.stderr.write(`${line}\n`);
};
