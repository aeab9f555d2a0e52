import type { Operation } from '../bars.ts';
import { idleMonth, month, monthAtOnce, RUNS, run, runAtOnce } from './month.ts';
import { type Cost, costOf, totalOf } from './operations.ts';
import { prices } from './prices.ts';

/** The operations in the table. */
const shown: readonly Operation[] = [
  'read',
  'list page',
  'update of a key',
  'create',
  'create with a parent',
  'create with data',
  'refused delete',
  'delete',
  'join',
  'bind of everything',
  'plan',
  'report on a task',
  'unbind of everything',
  'leave',
  'composition of a run at once',
  'report that a run has ended',
  'close of a run that has ended',
];

const millions = (dollars: number): string => (dollars * 1_000_000).toFixed(2);
const columns: readonly (keyof Cost)[] = ['gateway', 'function', 'storage', 'events'];

/** US dollars of a thousand runs of a minute on Fargate, of the smallest size, with a public address. */
const fargateRuns =
  ((0.25 * prices.fargateCpuHour + 0.5 * prices.fargateGigabyteHour + prices.addressHour) / 60) * 1_000;

/** The costs as Markdown. */
export const costTable = (): string => {
  const rows = shown.map((operation) => {
    const cost = costOf(operation);
    const cells = [...columns.map((column) => millions(cost[column])), `**${millions(totalOf(cost))}**`];
    return `| ${operation} | ${cells.join(' | ')} |`;
  });
  const countOf = (of: typeof run): number => Object.values(of).reduce((sum, times) => sum + times, 0);
  return [
    '| a million of | API Gateway | Lambda | DynamoDB, S3 | events | **US$** |',
    '|---|---:|---:|---:|---:|---:|',
    ...rows,
    '',
    `A month with ${RUNS.toLocaleString('en-US')} runs of a task costs:`,
    '',
    `- **US$ ${month.toFixed(0)}** step by step, with ${countOf(run)} calls for each run;`,
    `- **US$ ${monthAtOnce.toFixed(0)}** if one call composes and one closes, with ${countOf(runAtOnce)} calls for each run.`,
    '',
    `A month without calls costs US$ ${idleMonth.toFixed(2)}.`,
    '',
    `AWS also charges for each task on Fargate by the second: a thousand runs of a minute with a quarter of a CPU, half a GiB and a public address cost **US$ ${fargateRuns.toFixed(2)}**.`,
  ].join('\n');
};

const BEGIN = '<!-- npm run cost writes this -->';
const END = '<!-- until here -->';

/** Replaces the costs between the markers of a page. Throws if the page has no markers. */
export const withCosts = (page: string): string => {
  const [begin, end] = [page.indexOf(BEGIN), page.indexOf(END)];
  if (begin < 0 || end < begin) throw new Error(`the page has no place for the costs: ${BEGIN} … ${END}`);
  return `${page.slice(0, begin)}${BEGIN}\n\n${costTable()}\n\n${page.slice(end)}`;
};
