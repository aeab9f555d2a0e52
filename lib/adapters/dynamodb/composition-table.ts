import type { Composition } from '../../composition/composition.ts';
import type {
  CompositionJoin,
  CompositionReplacement,
  CompositionStore,
  RunsQuery,
} from '../../composition/composition-store.ts';
import type { ListedRun } from '../../composition/listed-run.ts';
import type { Report } from '../../composition/report-request.ts';
import { defined } from '../../defined.ts';
import type { ElementRecord } from '../../element/element.ts';
import type { Idempotency } from '../../idempotency.ts';
import { loaded } from '../../loaded.ts';
import type { Page } from '../../page.ts';
import { toComposition, toCompositionItem } from './composition-item.ts';
import { isSame } from './element-conditions.ts';
import { absent } from './engine/clause.ts';
import type { Table } from './engine/table.ts';
import { useKey } from './idempotency-table.ts';
import { compositionKey, elementKey, reportsPartition } from './keys.ts';
import { replaceComposition } from './protocol/composition-replacement.ts';
import { toReport } from './report-row.ts';
import { listRuns } from './run-rows.ts';

/** Loaded by the first join; supervision has no joins. */
const joining = loaded(() => import('./protocol/composition-join.ts'));

/** Compositions in the one table (ADR 0001), each beside the element of its executor. */
export class CompositionTable implements CompositionStore {
  readonly #table: Table;

  constructor(table: Table) {
    this.#table = table;
  }

  async get(executorId: string): Promise<Composition | undefined> {
    return toComposition(await this.#table.get(compositionKey(executorId)));
  }

  async add(composition: Composition, executor: ElementRecord, idempotency?: Idempotency): Promise<boolean> {
    const { executorId } = composition;
    const { ok } = await this.#table.transact([
      ...(idempotency ? [useKey(idempotency, executorId)] : []),
      { check: elementKey(executorId), condition: isSame(executor) },
      { put: toCompositionItem(composition), condition: absent },
    ]);
    return ok;
  }

  replace(replacement: CompositionReplacement): Promise<void> {
    return replaceComposition(this.#table, replacement);
  }

  async join(joined: CompositionJoin): Promise<Composition> {
    return (await joining()).join(this.#table, joined);
  }

  async runs(query: RunsQuery): Promise<Page<ListedRun>> {
    return listRuns(this.#table, query);
  }

  async reports(
    { incarnation }: Composition,
    taskId: string,
    limit: number,
    after?: string,
  ): Promise<Page<Report>> {
    const pk = reportsPartition(incarnation, taskId);
    const condition =
      after === undefined
        ? { expression: 'pk = :pk', values: { ':pk': pk } }
        : { expression: 'pk = :pk AND sk > :after', values: { ':pk': pk, ':after': after } };
    const { items, more } = await this.#table.query(condition, { limit });
    const last = more ? items.at(-1) : undefined;
    return defined({ items: items.map(toReport), next: last && (last.sk as string) });
  }
}
