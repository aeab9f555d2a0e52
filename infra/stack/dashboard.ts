import {
  type Alarm,
  AlarmStatusWidget,
  Dashboard,
  GraphWidget,
  type IMetric,
  LogQueryWidget,
  MathExpression,
} from 'aws-cdk-lib/aws-cloudwatch';
import type { Function as Lambda } from 'aws-cdk-lib/aws-lambda';
import type { Construct } from 'constructs';
import { type MetricName, NAMESPACE } from '../../lib/telemetry.ts';
import { counted, namesOf, PERIOD, setAside, tableThrottles, told, type Watched } from './watched.ts';

const WIDTH = 12;

/** A line for each value of the dimension that has occurred. */
const each = ({ name }: Watched, metric: MetricName, by: string, statistic: string): IMetric =>
  new MathExpression({
    expression: `SEARCH('{${NAMESPACE},deployment,${by}} deployment="${name}" MetricName="${metric}"', '${statistic}', ${PERIOD.toSeconds()})`,
    usingMetrics: {},
    period: PERIOD,
    label: '',
  });

const graph = (title: string, left: IMetric[], right: IMetric[] = []): GraphWidget =>
  new GraphWidget({ title, left, right, width: WIDTH });

/** One page that shows whether all is well, and where to look if not. */
export function createDashboard(
  scope: Construct,
  watched: Watched,
  alarms: Readonly<Record<string, Alarm>>,
): void {
  const { name, api, resources } = watched;
  const ofEach = (metric: 'Errors' | 'Throttles') =>
    namesOf(watched).map((name) => counted(watched, name, metric));
  const dashboard = new Dashboard(scope, 'Dashboard', { dashboardName: name });
  dashboard.addWidgets(
    new AlarmStatusWidget({ title: 'Alarms', alarms: Object.values(alarms), width: 2 * WIDTH }),
  );
  dashboard.addWidgets(
    graph(
      'API calls and errors',
      [api.metricCount({ statistic: 'Sum', period: PERIOD })],
      [
        api.metricClientError({ statistic: 'Sum', period: PERIOD }),
        api.metricServerError({ statistic: 'Sum', period: PERIOD }),
      ],
    ),
    graph(
      'Latency of API calls',
      ['p50', 'p99'].map((statistic) => api.metricLatency({ statistic, period: PERIOD, label: statistic })),
    ),
  );
  dashboard.addWidgets(
    graph('API calls by operation', [each(watched, 'Latency', 'operation', 'SampleCount')]),
    graph('Latency by operation (p99)', [each(watched, 'Latency', 'operation', 'p99')]),
  );
  dashboard.addWidgets(
    graph('Problems by code', [each(watched, 'Problems', 'code', 'Sum')]),
    graph(
      'Lag of the stream',
      [each(watched, 'Lag', 'function', 'Maximum')],
      [each(watched, 'Unfinished', 'function', 'Sum'), setAside(watched)],
    ),
  );
  dashboard.addWidgets(
    graph('Errors of functions', ofEach('Errors')),
    graph('Throttles of functions', ofEach('Throttles')),
  );
  dashboard.addWidgets(
    graph('Verified uploads by verdict', [each(watched, 'Verified', 'verdict', 'Sum')]),
    graph('Actions of supervision', [each(watched, 'Supervised', 'action', 'Sum')]),
  );
  dashboard.addWidgets(
    graph(
      'Swept and postponed rows, and runs of the sweeper',
      [told(watched, 'Swept', 'Sum'), told(watched, 'Postponed', 'Sum')],
      [told(watched, 'Sweeps', 'Sum')],
    ),
    graph(
      'Consumed capacity units and throttles of the tables',
      [resources.table, resources.log].flatMap((table) => [
        table.metricConsumedReadCapacityUnits({ period: PERIOD }),
        table.metricConsumedWriteCapacityUnits({ period: PERIOD }),
      ]),
      [tableThrottles(watched)],
    ),
  );
  if (watched.functions.dispatch)
    dashboard.addWidgets(
      graph(
        'Reconciled and unreconciled executors on Fargate',
        [told(watched, 'Reconciled', 'Sum')],
        [told(watched, 'Unreconciled', 'Sum'), told(watched, 'Reconciliations', 'Sum')],
      ),
    );
  dashboard.addWidgets(
    new LogQueryWidget({
      title: 'Latest errors',
      logGroupNames: Object.values(watched.functions).map(({ logGroup }: Lambda) => logGroup.logGroupName),
      queryLines: [
        'fields @timestamp, function, operation, code, requestId, error',
        'filter level = "ERROR"',
        'sort @timestamp desc',
        'limit 50',
      ],
      width: 2 * WIDTH,
    }),
  );
}
