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
      'Calls, and those that failed',
      [api.metricCount({ statistic: 'Sum', period: PERIOD })],
      [
        api.metricClientError({ statistic: 'Sum', period: PERIOD }),
        api.metricServerError({ statistic: 'Sum', period: PERIOD }),
      ],
    ),
    graph(
      'How long calls take',
      ['p50', 'p99'].map((statistic) => api.metricLatency({ statistic, period: PERIOD, label: statistic })),
    ),
  );
  dashboard.addWidgets(
    graph('Calls by operation', [each(watched, 'Latency', 'operation', 'SampleCount')]),
    graph('How long one in a hundred takes, by operation', [each(watched, 'Latency', 'operation', 'p99')]),
  );
  dashboard.addWidgets(
    graph('Problems by code', [each(watched, 'Problems', 'code', 'Sum')]),
    graph(
      'How late the stream is read',
      [each(watched, 'Lag', 'function', 'Maximum')],
      [each(watched, 'Unfinished', 'function', 'Sum'), setAside(watched)],
    ),
  );
  dashboard.addWidgets(
    graph('Functions that failed', ofEach('Errors')),
    graph('Functions that were not run', ofEach('Throttles')),
  );
  dashboard.addWidgets(
    graph('Uploads that were read, by what came of it', [each(watched, 'Verified', 'verdict', 'Sum')]),
    graph('What supervision did', [each(watched, 'Supervised', 'action', 'Sum')]),
  );
  dashboard.addWidgets(
    graph(
      'Swept, and put off',
      [told(watched, 'Swept', 'Sum'), told(watched, 'Postponed', 'Sum')],
      [told(watched, 'Sweeps', 'Sum')],
    ),
    graph(
      'Units of the tables, and what was throttled',
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
        'Executors on Fargate that were looked at, and of which nothing could be told',
        [told(watched, 'Reconciled', 'Sum')],
        [told(watched, 'Unreconciled', 'Sum'), told(watched, 'Reconciliations', 'Sum')],
      ),
    );
  dashboard.addWidgets(
    new LogQueryWidget({
      title: 'What went wrong last',
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
