import { row, table } from '../../docs/generate/table.ts';
import { loads, partitionsUnder } from './loads.ts';
import type { Recorded } from './operations.ts';
import { READS_A_SECOND, WRITES_A_SECOND } from './partition-units.ts';
import { quotas } from './quotas.ts';

/** Operations a second on distinct elements that each of our partitions should sustain. */
const CEILING = 10_000;

const figure = (value: number): string => Math.floor(value).toLocaleString('en-US');
const percent = (part: number): string => `${(100 * part).toFixed(2)} %`;

/** Why a partition may sustain fewer operations; undefined if it may not. */
const reasonOf = (name: string, operation: string): string | undefined => {
  if (name.includes('popular'))
    return 'It belongs to one element that all callers use. Other elements have other partitions.';
  if (name.includes('digest#'))
    return 'It belongs to one content that many elements share, such as children without changes. Other contents have other partitions.';
  return operation === 'list page'
    ? 'A page of a location reads all partitions of its list, for at least half a unit each. Other locations have other partitions.'
    : undefined;
};

/** A partition below the ceiling, with the operation of which it sustains the fewest. */
interface Weak {
  readonly name: string;
  readonly ceiling: number;
  readonly reason: string | undefined;
}

/** The partitions below the ceiling, once for each reason. */
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
    if (!first) return row([operation, 'no limit in Taskport', '', '']);
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
        ['Partition', 'Part of its limit', 'The load may grow by'],
        partitions.map(({ name, part }) => row([`\`${name}\``, percent(part), `${figure(1 / part)} times`])),
      ),
      '',
    ];
  });

/** The page docs/scale.md. */
export const scalePage = (recorded: Recorded): string =>
  [
    '# Scale',
    '',
    'This page says how many operations a second a deployment on AWS takes, and which partition of DynamoDB limits each.',
    '',
    '`npm run scale` computes the page. It runs each operation on many elements, records the units that each request uses in each partition, and divides the limit',
    `of a partition (${figure(READS_A_SECOND)} read and ${figure(WRITES_A_SECOND)} write units a second) by them. A transaction counts twice; an index counts its own writes.`,
    'The units include those of the log of events. The page leaves out partitions of elements that only one or two of the operations use. `*` stands for the number of a partition',
    'if there are several.',
    '',
    '## Operations',
    '',
    'The highest rate of each operation, if each call uses other elements of one location.',
    '',
    table(['Operation', 'A second', 'First limit', 'Next limit'], operationRows(recorded)),
    '',
    `## Partitions below ${figure(CEILING)} operations a second`,
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
    '## Quotas of AWS',
    '',
    'These quotas of one account and region apply too, as of November 2025. AWS raises them on request.',
    '',
    table(
      ['Service', 'What', 'Quota'],
      quotas.map((each) => row(each)),
    ),
    '',
  ].join('\n');
