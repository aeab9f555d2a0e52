import { row, table } from '../../docs/generate/table.ts';
import { loads, partitionsUnder } from './loads.ts';
import type { Recorded } from './operations.ts';
import { READS_A_SECOND, WRITES_A_SECOND } from './partition-units.ts';
import { quotas } from './quotas.ts';

/** Operations a second on distinct elements that every partition of ours is to bear. */
const CEILING = 10_000;

const figure = (value: number): string => Math.floor(value).toLocaleString('en-US');
const percent = (part: number): string => `${(100 * part).toFixed(2)} %`;

/** The partitions that bear fewer operations than they are to, each with the operation that it bears the fewest of. */
const belowCeiling = (recorded: Recorded): { readonly name: string; readonly ceiling: number }[] => {
  const ceilings = new Map<string, number>();
  for (const operation of Object.keys(recorded)) {
    for (const { name, part } of partitionsUnder({ operations: { [operation]: 1 } }, recorded)) {
      ceilings.set(name, Math.min(ceilings.get(name) ?? Number.POSITIVE_INFINITY, 1 / part));
    }
  }
  return [...ceilings]
    .map(([name, ceiling]) => ({ name, ceiling }))
    .filter(({ ceiling }) => ceiling < CEILING)
    .sort((a, b) => a.ceiling - b.ceiling || (a.name < b.name ? -1 : 1));
};

/** Why what bears less is as it is, by how its name begins. */
const reasons: readonly (readonly [beginning: RegExp, reason: string])[] = [
  [
    /^(by-name|by-state|by-parent: scratch|indexed)/,
    'The list of one location, in the order of names. DynamoDB splits a partition that is used much between two names, again and again (Developer Guide, “Burst and adaptive capacity”): this is where it begins. A load that comes all at once is throttled until then, and tried again.',
  ],
  [/popular/, 'One element that everybody uses. Others are not held up by it.'],
];

const reasonOf = (name: string): string => reasons.find(([beginning]) => beginning.test(name))?.[1] ?? '';

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
      belowCeiling(recorded).map(({ name, ceiling }) =>
        row([`\`${name}\``, figure(ceiling), reasonOf(name)]),
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
