import { Alarm, ComparisonOperator, type IMetric, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import type { Construct } from 'constructs';
import { counted, namesOf, PERIOD, setAside, sum, tableThrottles, told, type Watched } from './watched.ts';

/** A condition that an operator has to look at; docs/operations.md has a section for each id. */
interface Concern {
  readonly id: string;
  readonly meaning: string;
  readonly metric: IMetric;
  /** The threshold of the metric. The alarm fires at or above it, or below it if the problem is too little activity. */
  readonly threshold: number;
  /** Periods of five minutes in a row; one by default. */
  readonly periods?: number;
  readonly tooLittle?: true;
}

const MINUTES = 60_000;

const ofFargate = (watched: Watched): Concern[] => [
  {
    id: 'fargate-stopped',
    meaning: 'Nobody looks at tasks on Fargate: they start late or never, and their ends are not told',
    metric: told(watched, 'Reconciliations', 'Sum'),
    threshold: 1,
    periods: 5,
    tooLittle: true,
  },
  {
    id: 'fargate-failing',
    meaning: 'ECS, or what it is asked for, cannot be had for executors on Fargate',
    metric: told(watched, 'Unreconciled', 'Sum'),
    threshold: 3,
  },
];

const concernsOf = (watched: Watched): Concern[] => [
  {
    id: 'api-errors',
    meaning: 'Calls are answered by errors that are not their fault',
    metric: watched.api.metricServerError({ statistic: 'Sum', period: PERIOD }),
    threshold: 5,
  },
  {
    id: 'api-slow',
    meaning: 'One call in a hundred takes longer than three seconds',
    metric: watched.api.metricLatency({ statistic: 'p99', period: PERIOD }),
    threshold: 3_000,
    periods: 3,
  },
  ...(['publish', 'audit'] as const).map((name) => ({
    id: `${name}-behind`,
    meaning:
      name === 'publish' ? 'Events are told minutes late' : 'The audit trail and the log are minutes late',
    metric: counted(watched, name, 'IteratorAge', 'Maximum'),
    threshold: 5 * MINUTES,
  })),
  {
    id: 'set-aside',
    meaning: 'Changes were given up and set aside: their events are missing until they are redriven',
    metric: setAside(watched),
    threshold: 1,
  },
  {
    id: 'undelivered',
    meaning: 'EventBridge could not deliver events to the log of events',
    metric: watched.resources.undelivered.metricApproximateNumberOfMessagesVisible({
      statistic: 'Maximum',
      period: PERIOD,
    }),
    threshold: 1,
  },
  {
    id: 'function-errors',
    meaning: 'Functions fail',
    metric: sum(
      namesOf(watched).flatMap((name) => (name === 'verify' ? [] : [counted(watched, name, 'Errors')])),
    ),
    threshold: 5,
  },
  {
    id: 'function-throttles',
    meaning: 'Functions are not run, since too many run already',
    metric: sum(namesOf(watched).map((name) => counted(watched, name, 'Throttles'))),
    threshold: 1,
    periods: 2,
  },
  {
    id: 'requests-dropped',
    meaning: 'Requests to verify or to supervise were given up',
    metric: sum(
      (['verify', 'supervise', ...(watched.functions.dispatch ? (['dispatch'] as const) : [])] as const).map(
        (name) => counted(watched, name, 'AsyncEventsDropped'),
      ),
    ),
    threshold: 1,
  },
  {
    id: 'verifier-failing',
    meaning: 'Uploads cannot be read, so that elements stay verifying',
    metric: counted(watched, 'verify', 'Errors'),
    threshold: 3,
  },
  {
    id: 'sweeper-stopped',
    meaning: 'Nothing was swept: what crashes left, and what expired, stays',
    metric: told(watched, 'Sweeps', 'Sum'),
    threshold: 1,
    periods: 3,
    tooLittle: true,
  },
  {
    id: 'sweeper-failing',
    meaning: 'The sweeper cannot finish rows, and puts them off again and again',
    metric: told(watched, 'Postponed', 'Sum'),
    threshold: 10,
    periods: 3,
  },
  {
    id: 'table-throttles',
    meaning: 'DynamoDB refuses requests to the tables for the moment',
    metric: tableThrottles(watched),
    threshold: 10,
    periods: 2,
  },
  ...(watched.functions.dispatch ? ofFargate(watched) : []),
];

/** Makes the alarms for all conditions, by their ids. The topic, if any, gets their start and their end. */
export function watch(
  scope: Construct,
  watched: Watched,
  topic: ITopic | undefined,
): Readonly<Record<string, Alarm>> {
  const alarms = concernsOf(watched).map(({ id, meaning, metric, threshold, periods = 1, tooLittle }) => {
    const alarm = new Alarm(scope, `Alarm-${id}`, {
      alarmName: `${watched.name}-${id}`,
      alarmDescription: `${meaning}. docs/operations.md#${id}`,
      metric,
      threshold,
      evaluationPeriods: periods,
      comparisonOperator: tooLittle
        ? ComparisonOperator.LESS_THAN_THRESHOLD
        : ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      // Missing data means no problem, except for conditions of too little activity.
      treatMissingData: tooLittle ? TreatMissingData.BREACHING : TreatMissingData.NOT_BREACHING,
    });
    if (topic) {
      const action = new SnsAction(topic);
      alarm.addAlarmAction(action);
      alarm.addOkAction(action);
    }
    return [id, alarm] as const;
  });
  return Object.fromEntries(alarms);
}
