import { Duration } from 'aws-cdk-lib';
import type { HttpApi } from 'aws-cdk-lib/aws-apigatewayv2';
import { type IMetric, MathExpression, Metric } from 'aws-cdk-lib/aws-cloudwatch';
import type { EventSourceMapping, Function as Lambda } from 'aws-cdk-lib/aws-lambda';
import { type MetricName, NAMESPACE } from '../../lib/telemetry.ts';
import type { FunctionWiring } from '../function-wiring.ts';
import type { Resources } from './resources.ts';

/** The functions of a deployment; `dispatch` only if tasks run on Fargate. */
export type Functions = Readonly<
  Record<Exclude<FunctionWiring['name'], 'dispatch'>, Lambda> & { dispatch?: Lambda }
>;

/** The parts of a deployment that monitoring needs. */
export interface Watched {
  readonly name: string;
  readonly api: HttpApi;
  readonly functions: Functions;
  /** The event source mappings of the table's stream. */
  readonly mappings: readonly EventSourceMapping[];
  readonly resources: Resources;
}

/** The names of its functions. */
export const namesOf = ({ functions }: Watched) => Object.keys(functions) as FunctionWiring['name'][];

export const PERIOD = Duration.minutes(5);

/** A metric that the functions emit. */
export const told = (
  { name }: Watched,
  metricName: MetricName,
  statistic: string,
  by: Readonly<Record<string, string>> = {},
): Metric =>
  new Metric({
    namespace: NAMESPACE,
    metricName,
    statistic,
    period: PERIOD,
    dimensionsMap: { deployment: name, ...by },
  });

/** A Lambda metric of a function. */
export const counted = (
  { functions }: Watched,
  name: FunctionWiring['name'],
  metricName: 'Errors' | 'Throttles' | 'AsyncEventsDropped' | 'IteratorAge',
  statistic = 'Sum',
): Metric =>
  new Metric({
    namespace: 'AWS/Lambda',
    metricName,
    statistic,
    period: PERIOD,
    dimensionsMap: { FunctionName: (functions[name] as Lambda).functionName },
    label: name,
  });

/** Batches of the stream that a function could not handle. */
export const setAside = ({ mappings }: Watched): IMetric =>
  sum(
    mappings.flatMap(({ eventSourceMappingId: EventSourceMappingUUID }) =>
      ['OnFailureDestinationDeliveredEventCount', 'DroppedEventCount'].map(
        (metricName) =>
          new Metric({
            namespace: 'AWS/Lambda',
            metricName,
            statistic: 'Sum',
            period: PERIOD,
            dimensionsMap: { EventSourceMappingUUID },
          }),
      ),
    ),
  );

/** Throttled requests of both tables. */
export const tableThrottles = ({ resources: { table, log } }: Watched): IMetric =>
  sum(
    [table, log].flatMap(({ tableName: TableName }) =>
      ['ReadThrottleEvents', 'WriteThrottleEvents'].map(
        (metricName) =>
          new Metric({
            namespace: 'AWS/DynamoDB',
            metricName,
            statistic: 'Sum',
            period: PERIOD,
            dimensionsMap: { TableName },
          }),
      ),
    ),
  );

/** The sum of metrics; missing data counts as zero. */
export const sum = (metrics: readonly IMetric[], label = 'all'): IMetric =>
  new MathExpression({
    expression: metrics.map((_, at) => `FILL(m${at}, 0)`).join(' + '),
    usingMetrics: Object.fromEntries(metrics.map((metric, at) => [`m${at}`, metric])),
    period: PERIOD,
    label,
  });
