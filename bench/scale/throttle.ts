import { throttled } from '../../test/faults/errors.ts';
import type { Script } from '../../test/faults/script.ts';
import { READS_A_SECOND, WRITES_A_SECOND } from './partition-units.ts';
import {
  partitionOf,
  queriedPartition,
  type Request,
  rowsRead,
  rowsWritten,
  timesIn,
} from './request-rows.ts';

/** A budget of units. It refills each second, and holds at most one second's worth. */
class Allowance {
  readonly #perSecond: number;
  #left = 0;
  #at = performance.now();

  constructor(perSecond: number) {
    this.#perSecond = perSecond;
  }

  has(units: number): boolean {
    const now = performance.now();
    this.#left = Math.min(this.#perSecond, this.#left + ((now - this.#at) / 1_000) * this.#perSecond);
    this.#at = now;
    return this.#left >= units;
  }

  take(units: number): void {
    this.#left -= units;
  }
}

interface Demand {
  readonly partition: string;
  readonly perSecond: number;
  readonly units: number;
}

const demandsOf = (operation: string, request: Request): Demand[] => {
  const units = timesIn(operation);
  const reads =
    operation === 'Query' ? [queriedPartition(request)] : rowsRead(operation, request).map(partitionOf);
  return [
    ...reads.map((key) => ({ partition: `read ${key}`, perSecond: READS_A_SECOND, units })),
    ...rowsWritten(operation, request).map((row) => ({
      partition: `write ${partitionOf(row)}`,
      perSecond: WRITES_A_SECOND,
      units,
    })),
  ];
};

/** Limits each partition of the table to a share of DynamoDB's limit, and throttles requests above it. */
export const throttle = (part: number): Script => {
  const allowances = new Map<string, Allowance>();
  return {
    counts: {},
    decide(request) {
      const { operation } = request;
      const sums = new Map<string, Demand>();
      for (const each of demandsOf(operation, request.body as Request)) {
        sums.set(each.partition, { ...each, units: each.units + (sums.get(each.partition)?.units ?? 0) });
      }
      const demands = [...sums.values()].map(({ partition, perSecond, units }) => {
        const allowance = allowances.get(partition) ?? new Allowance(perSecond * part);
        allowances.set(partition, allowance);
        return { allowance, units };
      });
      if (!demands.every(({ allowance, units }) => allowance.has(units)))
        return { kind: 'answer', error: throttled(request) };
      for (const { allowance, units } of demands) allowance.take(units);
      return undefined;
    },
  };
};
