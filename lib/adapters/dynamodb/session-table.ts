import type { KeptSession, SessionStore } from '../../composition/session/session.ts';
import type { Table } from './engine/table.ts';
import { sessionKey } from './keys.ts';
import { DAY_SECONDS, expiring } from './time-to-live.ts';

/** The functions of the stream read a session's row within minutes, and the log keeps its events. */
const KEPT_SECONDS = DAY_SECONDS;

/** Sessions in the one table: each has a row, whose changes go into the stream. */
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
