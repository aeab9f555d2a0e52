import { versionOf } from '../../composition/composition.ts';
import { defined } from '../../defined.ts';
import type { Attachment } from '../../element/attachment.ts';
import type { Content } from '../../element/content.ts';
import type { ElementRecord, ListItem } from '../../element/element.ts';
import type {
  AttachmentChange,
  ComposedVersion,
  ElementQuery,
  ElementStore,
  Insertion,
  MetadataUpdate,
  Removal,
  Replacement,
} from '../../element/element-store.ts';
import type { Descriptor } from '../../element/registry/descriptor.ts';
import type { Reference } from '../../element/shown-element.ts';
import { loaded } from '../../loaded.ts';
import type { Page } from '../../page.ts';
import { attachmentClause, toAttachment } from './attachment-row.ts';
import { stagedRow } from './blob-row.ts';
import { membersAsReferences, toComposition } from './composition-item.ts';
import { toListItem, toRecord } from './element-item.ts';
import { absent, commit } from './engine/clause.ts';
import type { Table } from './engine/table.ts';
import { attachmentKey, compositionKey, elementKey, elementPartition } from './keys.ts';
import { byId, readEdges } from './protocol/edges.ts';
import { insertElement } from './protocol/insertion.ts';
import { removeElement } from './protocol/removal.ts';
import { replaceElement, replaceUnreferenced } from './protocol/replacement.ts';

/**
 * The attributes of a list item, the key that tells rows apart, and an attribute that rows of deleted elements
 * lack.
 */
const LISTED = ['pk', 'attributes', 'indexed', 'layers', 'incarnation'];

/** Operations that list, find or refer to elements. The first call that needs one loads them; most calls do not. */
const queries = loaded(() => import('./queries.ts'));
const changes = loaded(() => import('./changes.ts'));

/** Elements in the one table (ADR 0001). */
export class ElementTable implements ElementStore {
  readonly #table: Table;

  constructor(table: Table) {
    this.#table = table;
  }

  async get(id: string): Promise<ElementRecord | undefined> {
    return toRecord(await this.#table.get(elementKey(id)));
  }

  async attachmentOf(volumeId: string): Promise<Attachment | undefined> {
    return toAttachment(await this.#table.get(attachmentKey(volumeId)));
  }

  changeAttachment(change: AttachmentChange): Promise<void> {
    return commit(this.#table, [attachmentClause(change)]);
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

  async insertUnder(
    parentId: string,
    referrer: string,
    derive: (parent: ElementRecord | undefined) => ElementRecord,
    insertion: Omit<Insertion, 'record'>,
  ): Promise<ElementRecord> {
    return (await changes()).insertUnder(this.#table, parentId, referrer, derive, insertion);
  }

  async insertReferring(
    ...[references, referrer, derive, insertion]: Parameters<ElementStore['insertReferring']>
  ): Promise<ElementRecord> {
    return (await changes()).insertReferring(this.#table, references, referrer, derive, insertion);
  }

  async associate(...[associating, derive]: Parameters<ElementStore['associate']>): Promise<void> {
    return (await changes()).associate(this.#table, associating, derive);
  }

  async updateMetadata(update: MetadataUpdate): Promise<ElementRecord> {
    return (await changes()).updateMetadata(this.#table, update);
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
    return (await queries()).listElements(this.#table, query);
  }

  async children(parentId: string, limit: number, after?: string): Promise<Page<ListItem>> {
    return (await queries()).listChildren(this.#table, parentId, { limit, after });
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

  async contents(
    ...[location, digests, repository]: Parameters<ElementStore['contents']>
  ): Promise<Content[]> {
    const { contentsIn } = await queries();
    return contentsIn(this.#table, location, digests, repository);
  }

  async referrers(...asked: Parameters<ElementStore['referrers']>): Promise<Page<Descriptor>> {
    return (await queries()).referrersIn(this.#table, ...asked);
  }

  async stage(blob: string, dueAt: string): Promise<void> {
    // The row must be absent: the network may deliver a copy of this put late, and it must not stage a blob that
    // an element already owns.
    await this.#table.put(stagedRow(blob, dueAt), absent);
  }
}
