import { versionOf } from '../../composition/composition.ts';
import { defined } from '../../defined.ts';
import type { Content } from '../../element/content.ts';
import type { ElementRecord, ListItem } from '../../element/element.ts';
import type {
  ComposedVersion,
  ElementQuery,
  ElementStore,
  Insertion,
  MetadataUpdate,
  Page,
  Removal,
  Replacement,
} from '../../element/element-store.ts';
import { formatId } from '../../element/id.ts';
import type { Descriptor } from '../../element/registry/descriptor.ts';
import type { Reference } from '../../element/shown-element.ts';
import { stagedRow } from './blob-row.ts';
import { membersAsReferences, toComposition } from './composition-item.ts';
import { indexedKey, listKey, parentKey, slotsOf, stateKey, toListItem, toRecord } from './element-item.ts';
import { absent } from './engine/clause.ts';
import type { Expression, Item } from './engine/expression.ts';
import type { Table } from './engine/table.ts';
import { compositionKey, ELEMENT_ROW, elementKey, elementPartition } from './keys.ts';
import { byId, readEdges } from './protocol/edges.ts';
import { insertElement } from './protocol/insertion.ts';
import { updateMetadata } from './protocol/metadata-update.ts';
import { associate, insertReferring, insertUnder } from './protocol/referral.ts';
import { removeElement } from './protocol/removal.ts';
import { replaceElement, replaceUnreferenced } from './protocol/replacement.ts';
import { slotIndex } from './table-schema.ts';

/** What a list item is made of, the key to tell rows apart, and what a deleted element's row has not. */
const LISTED = ['pk', 'attributes', 'indexed', 'layers', 'incarnation'];

/** An index, the partition of it that a query reads, and the sort key it is in order of. */
interface IndexRange {
  readonly index: string;
  readonly partition: readonly [attribute: string, value: string];
  readonly sort: 'name' | 'id';
}

const indexRange = ({ location, equality }: ElementQuery): IndexRange => {
  if (equality === undefined)
    return { index: 'by-name', partition: ['listKey', listKey(location)], sort: 'name' };
  if (equality.type === 'state') {
    return { index: 'by-state', partition: ['stateKey', stateKey(location, equality.state)], sort: 'name' };
  }
  if (equality.type === 'parent') {
    return { index: 'by-parent', partition: ['parentKey', parentKey(location, equality.id)], sort: 'id' };
  }
  const slot = slotsOf(location).findIndex(({ key }) => key === equality.key);
  const attribute = slotsOf(location)[slot]?.attribute as string;
  return {
    index: slotIndex(slot),
    partition: [attribute, indexedKey(location, equality.key, equality.value)],
    sort: 'name',
  };
};

/** Follows every character of a name and an ID. */
const BEHIND_NAMES = '~';

/** A prefix is a range, not `begins_with`: dynoxide 1.2.1 takes that for text of any case. */
const rangeCondition = ({ partition, sort }: IndexRange, prefix: string): Expression => ({
  expression: `#partition = :partition${prefix === '' ? '' : ' AND #sort BETWEEN :prefix AND :behind'}`,
  names: defined({ '#partition': partition[0], '#sort': prefix === '' ? undefined : sort }),
  values: {
    ':partition': partition[1],
    ...(prefix === '' ? {} : { ':prefix': prefix, ':behind': prefix + BEHIND_NAMES }),
  },
});

/** Elements in the one table (ADR 0001). */
export class ElementTable implements ElementStore {
  readonly #table: Table;

  constructor(table: Table) {
    this.#table = table;
  }

  async get(id: string): Promise<ElementRecord | undefined> {
    return toRecord(await this.#table.get(elementKey(id)));
  }

  async compositionOf(executorId: string): Promise<ComposedVersion | undefined> {
    const composition = toComposition(await this.#table.get(compositionKey(executorId)));
    return composition && { ...versionOf(composition), nonce: composition.nonce };
  }

  async getAll(ids: readonly string[]): Promise<(ElementRecord | undefined)[]> {
    const rows = await this.#table.getMany([...new Set(ids)].map(elementKey));
    const byPartition = new Map(rows.map((row) => [row.pk, toRecord(row)]));
    return ids.map((id) => byPartition.get(elementPartition(id)));
  }

  async getMany(ids: readonly string[]): Promise<ListItem[]> {
    const rows = await this.#table.getMany(ids.map(elementKey), { attributes: LISTED });
    const live = rows.filter((row) => row.incarnation !== undefined);
    const byPartition = new Map(live.map((row) => [row.pk, row]));
    return ids.flatMap((id) => {
      const row = byPartition.get(elementPartition(id));
      return row ? [toListItem(row)] : [];
    });
  }

  insert(insertion: Insertion): Promise<void> {
    return insertElement(this.#table, insertion);
  }

  insertUnder(
    parentId: string,
    referrer: string,
    derive: (parent: ElementRecord | undefined) => ElementRecord,
    insertion: Omit<Insertion, 'record'>,
  ): Promise<ElementRecord> {
    return insertUnder(this.#table, parentId, referrer, derive, insertion);
  }

  insertReferring(
    ...[references, referrer, derive, insertion]: Parameters<ElementStore['insertReferring']>
  ): Promise<ElementRecord> {
    return insertReferring(this.#table, references, referrer, derive, insertion);
  }

  associate(...[associating, derive]: Parameters<ElementStore['associate']>): Promise<void> {
    return associate(this.#table, associating, derive);
  }

  updateMetadata(update: MetadataUpdate): Promise<ElementRecord> {
    return updateMetadata(this.#table, update);
  }

  replace(replacement: Replacement): Promise<void> {
    return replaceElement(this.#table, replacement);
  }

  replaceUnreferenced(replacement: Replacement): Promise<void> {
    return replaceUnreferenced(this.#table, replacement);
  }

  remove(removal: Removal): Promise<readonly Reference[]> {
    return removeElement(this.#table, removal);
  }

  async list(query: ElementQuery): Promise<Page<ListItem>> {
    const { location, namePrefix = '', limit, after } = query;
    const range = indexRange(query);
    const idOf = (name: string) => formatId({ kind: location.kind, location: location.name, name });
    const byId = range.sort === 'id';
    return this.#page(
      range,
      byId ? idOf(namePrefix) : namePrefix,
      limit,
      after === undefined ? undefined : idOf(after),
      'name',
    );
  }

  children(parentId: string, limit: number, after?: string): Promise<Page<ListItem>> {
    return this.#page(
      { index: 'by-parent', partition: ['parentKey', parentId], sort: 'id' },
      '',
      limit,
      after,
      'id',
    );
  }

  async references(id: string, limit: number, after?: string): Promise<Page<Reference>> {
    const isExecutor = id.startsWith('executor:');
    const [{ held }, composition] = await Promise.all([
      readEdges(this.#table, id, limit + 1, after),
      isExecutor ? this.#table.get(compositionKey(id)) : undefined,
    ]);
    const members = membersAsReferences(toComposition(composition)).filter((each) => each.id > (after ?? ''));
    const found = [...held, ...members].sort(byId);
    const items = found.slice(0, limit);
    const last = found.length > limit ? items.at(-1) : undefined;
    return defined({ items, next: last?.id });
  }

  // Few calls ask by digest: what does is loaded by the first of them.
  async contents(
    ...[location, digests, repository]: Parameters<ElementStore['contents']>
  ): Promise<Content[]> {
    const { contentsIn } = await import('./digest-query.ts');
    return contentsIn(this.#table, location, digests, repository);
  }

  async referrers(repository: string, subject: string): Promise<Descriptor[]> {
    const { referrersIn } = await import('./digest-query.ts');
    return referrersIn(this.#table, repository, subject);
  }

  async stage(blob: string, dueAt: string): Promise<void> {
    // Absent: a copy of this put that the network delivers late must not stage a blob that is owned by then.
    await this.#table.put(stagedRow(blob, dueAt), absent);
  }

  /** A page of an index whose sort key begins with `prefix`, after the element `after`. */
  async #page(
    range: IndexRange,
    prefix: string,
    limit: number,
    after: string | undefined,
    place: 'name' | 'id',
  ): Promise<Page<ListItem>> {
    const startKey: Item | undefined =
      after === undefined
        ? undefined
        : {
            pk: elementPartition(after),
            sk: ELEMENT_ROW,
            [range.partition[0]]: range.partition[1],
            [range.sort]: range.sort === 'id' ? after : after.slice(after.lastIndexOf('/') + 1),
          };
    const page = await this.#table.query(
      rangeCondition(range, prefix),
      defined({ index: range.index, limit, startKey }),
    );
    const items = page.items.map(toListItem);
    const last = page.more ? items.at(-1) : undefined;
    return defined({ items, next: last?.attributes[place] });
  }
}
