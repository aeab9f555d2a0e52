import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { type Json, synthesize } from './synthesized.ts';

const template = synthesize({ fargate: 'true' });
const alarms: Json[] = Object.values(template.findResources('AWS::CloudWatch::Alarm')).map(
  ({ Properties }) => Properties,
);
const named = (id: string): Json => alarms.find(({ AlarmName }) => AlarmName === `taskport-${id}`);
const page = readFileSync(new URL('../../docs/operations.md', import.meta.url), 'utf8');
const chapter = page.slice(page.indexOf('\n## Alarms'), page.indexOf('\n## When something fails'));

describe('an engineer who gets an alarm', () => {
  const sections = [...chapter.matchAll(/^### (\S+)\n\n([\s\S]*?)(?=\n### |$(?![\s\S]))/gm)];

  test('finds a section for each alarm, and none without an alarm', () => {
    const ids = alarms.map(({ AlarmName }) => AlarmName.replace('taskport-', ''));
    expect(sections.map(([, id]) => id).sort()).toEqual(ids.sort());
  });

  test.each(sections.map(([, id = '', text = '']) => [id, text]))(
    '%s: finds its meaning, where to look, what to do, and its threshold',
    (id, text) => {
      expect(text).toMatch(/^\*[^*]+\*/);
      expect(text).toContain('**Look**');
      expect(text).toContain('**Do**');
      expect(named(id).AlarmDescription).toContain(`docs/operations.md#${id}`);
    },
  );
});

test('missing data is an alarm for schedules, and for nothing else', () => {
  const silent = alarms.filter(({ TreatMissingData }) => TreatMissingData === 'breaching');
  expect(silent.map(({ AlarmName }) => AlarmName)).toEqual([
    'taskport-sweeper-stopped',
    'taskport-fargate-stopped',
  ]);
  expect(silent[0]).toMatchObject({
    Namespace: 'Taskport',
    MetricName: 'Sweeps',
    Dimensions: [{ Name: 'deployment', Value: 'taskport' }],
    ComparisonOperator: 'LessThanThreshold',
    Threshold: 1,
  });
});

test('set-aside batches are counted for each function of the stream', () => {
  const mappings = Object.keys(template.findResources('AWS::Lambda::EventSourceMapping'));
  const counted = named('set-aside').Metrics.flatMap((metric: Json) => metric.MetricStat?.Metric ?? []);
  expect(counted).toHaveLength(2 * mappings.length);
  for (const mapping of mappings) {
    expect(JSON.stringify(counted)).toContain(JSON.stringify({ Ref: mapping }));
  }
});

test('the delay of the stream is watched for both of its functions', () => {
  for (const id of ['publish-behind', 'audit-behind']) {
    const [{ MetricStat }] = named(id).Metrics;
    expect(MetricStat).toMatchObject({
      Stat: 'Maximum',
      Metric: { Namespace: 'AWS/Lambda', MetricName: 'IteratorAge' },
    });
  }
});

test('the dashboard shows every alarm, and only metrics that functions emit', () => {
  const [dashboard] = Object.values(template.findResources('AWS::CloudWatch::Dashboard'));
  const body = JSON.stringify(dashboard?.Properties.DashboardBody);
  for (const id of Object.keys(template.findResources('AWS::CloudWatch::Alarm'))) expect(body).toContain(id);
  expect(body).toContain('{Taskport,deployment,operation}');
});
