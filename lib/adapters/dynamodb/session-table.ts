import type { KeptSession, SessionStore } from '../../composition/session/session.ts';
import type { Table } from './engine/table.ts';
import { sessionKey } from './keys.ts';
import { expiring } from './time-to-live.ts';

/** What is told of a session is told within minutes; the log keeps it. */
const KEPT_SECONDS = 24 * 3600;

/** Sessions in the one table: a row for each, of which the stream tells. */
export class SessionTable implements SessionStore {
  readonly #table: Table;

  constructor(table: Table) {
    this.#table = table;
  }

  async put(session: KeptSession): Promise<void> {
    const row = { ...sessionKey(session.session), row: 'session', session, ...expiring(KEPT_SECONDS) };
    await this.#table.transact([{ put: row }]);
  }
}
