import { randomUUID } from 'node:crypto';
import type { Launch } from '../../execution/launch.ts';
import type { KeptLaunch, LaunchStore } from '../../execution/launch-store.ts';
import { absent } from './engine/clause.ts';
import type { Item, Write } from './engine/expression.ts';
import type { Table } from './engine/table.ts';
import { launchKey, launchTokenKey, openLaunchKey, openLaunchPartitions } from './keys.ts';
import { DAY_SECONDS, expiring } from './time-to-live.ts';

/** Longer than any event of a launch can be late. */
const TOKEN_SECONDS = 8 * DAY_SECONDS;
/** Longer than any function uses a row that it has read. */
const FORGOTTEN_SECONDS = 8 * DAY_SECONDS;

/**
 * Launches in the one table: a row for each executor, beside its element. The same transaction writes the rows
 * that find it: one for the token, and one in the list of open launches. The row stays until its task definition
 * is deregistered, since no other row names that definition.
 */
export class LaunchTable implements LaunchStore {
  readonly #table: Table;

  constructor(table: Table) {
    this.#table = table;
  }

  async get(executorId: string): Promise<KeptLaunch | undefined> {
    const row = await this.#table.get(launchKey(executorId));
    return row && { launch: row.launch as Launch, version: row.version as string };
  }

  async put(launch: Launch, former: KeptLaunch | undefined): Promise<KeptLaunch | undefined> {
    const { executorId, token, isOver, isForgotten } = launch;
    const version = randomUUID();
    const row = { ...launchKey(executorId), row: 'launch', launch, version };
    const asRead = former
      ? { expression: 'version = :version', values: { ':version': former.version } }
      : absent;
    const open = openLaunchKey(executorId);
    const writes: Write[] = [
      { put: { ...row, ...(isForgotten ? expiring(FORGOTTEN_SECONDS) : {}) }, condition: asRead },
      isOver ? { remove: open } : { put: { ...open, row: 'open-launch' } },
    ];
    if (token !== former?.launch.token)
      writes.push({
        put: { ...launchTokenKey(token), row: 'token', executorId, ...expiring(TOKEN_SECONDS) },
      });
    const { ok } = await this.#table.transact(writes);
    return ok ? { launch, version } : undefined;
  }

  async executorOf(token: string): Promise<string | undefined> {
    return (await this.#table.get(launchTokenKey(token)))?.executorId as string | undefined;
  }

  async open(): Promise<readonly string[]> {
    const found = await Promise.all(openLaunchPartitions().map((partition) => this.#all(partition)));
    return found.flat().map(({ sk }) => sk as string);
  }

  async #all(partition: string): Promise<Item[]> {
    const condition = { expression: 'pk = :pk', values: { ':pk': partition } };
    const items: Item[] = [];
    for await (const page of this.#table.pages(condition)) items.push(...page);
    return items;
  }
}
