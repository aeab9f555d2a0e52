import type { ConcurrencyFigures } from './concurrency.ts';
import type { CounterFigures } from './counter.ts';
import type { EventsFigures } from './events.ts';

/** A promise, the faults against it, and the result. */
export interface Guarantee {
  readonly promise: string;
  readonly figures: string;
  /** The violations. */
  readonly violations: readonly string[];
}

const total = (mishaps: Readonly<Record<string, number>>): number =>
  Object.values(mishaps).reduce((sum, number) => sum + number, 0);

const number = (value: number): string => value.toLocaleString('en');

export const guaranteesOfConcurrency = ({
  operations,
  unknown,
  records,
  doubtful,
  mishaps,
  violations,
}: ConcurrencyFigures): Guarantee[] => [
  {
    promise: 'elements and compositions are linearizable, record by record',
    figures:
      `${number(operations)} operations on ${number(records)} records, ${number(unknown)} of unknown outcome, ` +
      `${number(total(mishaps))} faults; ${number(violations.length)} violations, ${number(doubtful)} records with a false refusal`,
    violations,
  },
];

export const guaranteesOfEvents = ({ changes, bus, log, mishaps }: EventsFigures): Guarantee[] => {
  const poison = ({ setAside }: EventsFigures['bus']): string[] =>
    setAside === 1 ? [] : [`${setAside} changes were set aside, not the one that no function can read`];
  const summary = ({ events, kills, missing, disorder, setAside }: EventsFigures['bus']): string =>
    `${number(events)} events of ${number(changes)} changes, ${kills} kills, ${number(total(mishaps))} faults; ` +
    `${missing.length} records with a gap, ${disorder.length} out of order, ${setAside} set aside`;
  return [
    {
      promise:
        'a consumer hears of every revision of every element, once and in order, though one change is poison',
      figures: `${summary(bus)}, ${number(bus.repeats)} repeats dropped`,
      violations: [...bus.missing, ...bus.disorder, ...poison(bus)],
    },
    {
      promise:
        'the log has every event once in each of its shards, at positions without gaps, for all readers and for those of a location, though one change is poison',
      figures: summary(log),
      violations: [...log.missing, ...log.disorder, ...poison(log)],
    },
  ];
};

export const guaranteeOfCounter = ({ rounds, kills, saved, violations }: CounterFigures): Guarantee => ({
  promise:
    'what tasks wrote to a volume and was saved is there at every later save, on whatever machine, and there is one writer',
  figures:
    `${number(saved)} increments saved in ${number(rounds)} rounds on two machines by turns; ` +
    `runners killed ${kills.runner} times, the service ${kills.service} times; ${number(violations.length)} violations`,
  violations,
});
