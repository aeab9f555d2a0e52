import { defined } from '../../defined.ts';
import type { Tag, TagRecord } from '../../element/registry/tag.ts';
import type { DeriveTag, TagPage, TagStore } from '../../element/registry/tag-store.ts';
import type { Page } from '../../page.ts';
import type { Caller } from '../../principal.ts';
import type { Table } from './engine/table.ts';
import { tagKey, tagPartition, tagPartitions } from './keys.ts';
import { removeTag, setTag } from './protocol/tagging.ts';
import { placeOf, toTag } from './tag-item.ts';

/** Sorts before every character of a name, and after all of them. */
const FIRST = ' ';
const LAST = '~';
/** Rows per query in the search for repositories: most have few tags. */
const LOOKED_AT = 25;

/** Merges sorted lists, up to a limit. */
const merge = (lists: readonly (readonly Tag[])[], limit: number): Tag[] =>
  lists
    .flat()
    .sort((a, b) => (placeOf(a) < placeOf(b) ? -1 : 1))
    .slice(0, limit);

/** Tags in the one table (ADR 0033). */
export class TagTable implements TagStore {
  readonly #table: Table;

  constructor(table: Table) {
    this.#table = table;
  }

  async get(id: string): Promise<TagRecord | undefined> {
    return toTag(await this.#table.get(tagKey(id)));
  }

  set(id: string, imageId: string, derive: DeriveTag): Promise<void> {
    return setTag(this.#table, id, imageId, derive);
  }

  remove(tag: TagRecord, caller: Caller): Promise<void> {
    return removeTag(this.#table, tag, caller);
  }

  async list(
    location: string,
    repository: string | undefined,
    { limit, after }: TagPage,
  ): Promise<Page<Tag>> {
    const isWhole = repository === undefined;
    const partitions = isWhole ? tagPartitions(location) : [tagPartition(location, repository)];
    const begin = isWhole ? '' : `${repository} `;
    const from = after === undefined ? begin : `${begin}${after}${FIRST}`;
    const lists = partitions.map((partition) =>
      this.#read(partition, from, isWhole ? LAST : `${begin}${LAST}`, limit + 1),
    );
    const found = merge(await Promise.all(lists), limit + 1);
    const items = found.slice(0, limit);
    const last = found.length > limit ? items.at(-1) : undefined;
    return defined({ items, next: last && (isWhole ? placeOf(last) : last.name) });
  }

  async repositories(location: string, { limit, after }: TagPage): Promise<Page<string>> {
    const from = after === undefined ? '' : `${after} ${LAST}`;
    const shards = tagPartitions(location).map((partition) => this.#skip(partition, from));
    const heads = await Promise.all(shards.map((shard) => shard.next()));
    const items: string[] = [];
    for (;;) {
      const names = heads.map(({ value }) => value as string | undefined);
      const first = names.reduce((a, b) => (b === undefined || (a !== undefined && a < b) ? a : b));
      if (first === undefined) return { items };
      if (items.length === limit) return defined({ items, next: items.at(-1) });
      items.push(first);
      const at = names.indexOf(first);
      heads[at] = await (shards[at] as (typeof shards)[number]).next();
    }
  }

  /** The repositories of one index partition, each once. After a full page it continues behind the last repository. */
  async *#skip(partition: string, from: string): AsyncGenerator<string, undefined> {
    for (;;) {
      const found = await this.#read(partition, from, LAST, LOOKED_AT);
      yield* new Set(found.map(({ repository }) => repository));
      const last = found.at(-1);
      if (!last || found.length < LOOKED_AT) return undefined;
      from = `${last.repository} ${LAST}`;
    }
  }

  async #read(partition: string, from: string, to: string, limit: number): Promise<Tag[]> {
    // A place may be any text, and DynamoDB refuses a range that begins after its end.
    if (from > to) return [];
    const condition = {
      expression: 'listKey = :partition AND #name BETWEEN :from AND :to',
      names: { '#name': 'name' },
      values: { ':partition': partition, ':from': from || FIRST, ':to': to },
    };
    const { items } = await this.#table.query(condition, { index: 'by-name', limit });
    return items.map(({ attributes }) => attributes as Tag);
  }
}
