import { row, table } from '../../docs/generate/table.ts';
import { loads, partitionsUnder } from './loads.ts';
import type { Recorded } from './operations.ts';
import { READS_A_SECOND, WRITES_A_SECOND } from './partition-units.ts';
import { quotas } from './quotas.ts';

/** Operations a second on distinct elements that every partition of ours is to bear. */
const CEILING = 10_000;

const figure = (value: number): string => Math.floor(value).toLocaleString('en-US');
const percent = (part: number): string => `${(100 * part).toFixed(2)} %`;

/** Why a partition may bear fewer of an operation; undefined where it may not. */
const reasonOf = (name: string, operation: string): string | undefined => {
  if (name.includes('popular')) return 'One element that everybody uses. Others are not held up by it.';
  if (name.includes('digest#'))
    return 'One content that many elements have, such as children that add nothing. Others are not held up by it.';
  return operation === 'list page'
    ? 'Pages of one location: each reads all partitions of the list, at half a unit at least. Other locations have others.'
    : undefined;
};

/** A partition that bears fewer operations than it is to, with the operation that it bears the fewest of. */
interface Weak {
  readonly name: string;
  readonly ceiling: number;
  readonly reason: string | undefined;
}

/** The partitions that bear fewer operations than they are to, once for each reason. */
export const belowCeiling = (recorded: Recorded): Weak[] => {
  const weakest = new Map<string, Weak>();
  for (const operation of Object.keys(recorded)) {
    for (const { name, part } of partitionsUnder({ operations: { [operation]: 1 } }, recorded)) {
      const weak = { name, ceiling: 1 / part, reason: reasonOf(name, operation) };
      const key = `${name} ${weak.reason}`;
      if (weak.ceiling < (weakest.get(key)?.ceiling ?? CEILING)) weakest.set(key, weak);
    }
  }
  return [...weakest.values()].sort((a, b) => a.ceiling - b.ceiling || (a.name < b.name ? -1 : 1));
};

const operationRows = (recorded: Recorded): string[] =>
  Object.keys(recorded).map((operation) => {
    const [first, ...others] = partitionsUnder({ operations: { [operation]: 1 } }, recorded);
    if (!first) return row([operation, 'no limit of ours', '', '']);
    const next = others[0];
    return row([
      operation,
      figure(1 / first.part),
      `\`${first.name}\``,
      next ? `\`${next.name}\` at ${figure(1 / next.part)}` : '',
    ]);
  });

const loadSections = (recorded: Recorded): string[] =>
  loads.flatMap((load) => {
    const partitions = partitionsUnder(load, recorded).slice(0, 5);
    return [
      `### ${load.name}`,
      '',
      `${load.meaning[0]?.toUpperCase()}${load.meaning.slice(1)}.`,
      '',
      table(
        ['Partition', 'Part of its limit', 'Bends at this many times the load'],
        partitions.map(({ name, part }) => row([`\`${name}\``, percent(part), figure(1 / part)])),
      ),
      '',
    ];
  });

/** The page docs/scale.md. */
export const scalePage = (recorded: Recorded): string =>
  [
    '# What a deployment bears',
    '',
    '`npm run scale` writes this page. It makes each operation on many elements, records what each request takes of which partition, and divides what',
    `DynamoDB gives one partition (${figure(READS_A_SECOND)} read and ${figure(WRITES_A_SECOND)} write units a second) by it. A transaction counts twice; an index counts its own writes.`,
    'Partitions that belong to one element are not shown: other elements have others. `*` stands for the number of a partition where there are several.',
    'What an operation leaves in the log of events is counted with it.',
    '',
    '## Operations',
    '',
    'The highest rate of each operation a second, where every call is on elements of its own in one location.',
    '',
    table(['Operation', 'A second', 'What bends first', 'What bends next'], operationRows(recorded)),
    '',
    `## Partitions that bear fewer than ${figure(CEILING)} a second`,
    '',
    table(
      ['Partition', 'Operations a second', 'Why'],
      belowCeiling(recorded).map(({ name, ceiling, reason = '' }) =>
        row([`\`${name}\``, figure(ceiling), reason]),
      ),
    ),
    '',
    '## Loads',
    '',
    ...loadSections(recorded),
    '## What AWS allows an account',
    '',
    'Quotas of one region that hold beside, as of November 2025. AWS raises them where it is asked.',
    '',
    table(
      ['Service', 'What', 'Quota'],
      quotas.map((each) => row(each)),
    ),
    '',
  ].join('\n');
