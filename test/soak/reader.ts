/**
 * A reader of the table's stream in its own process, so that it can be killed. It calls a function of the product with the records, like Lambda,
 * continues from its checkpoint after a restart, and logs the records that it sets aside.
 */
import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { clientConfig } from '../../infra/local/client-config.ts';
import { startStream } from '../../infra/local/stream.ts';

export interface ReaderSettings {
  readonly name: 'publish' | 'audit';
  /** The URL of the stream: a proxy before the engine. */
  readonly streamUrl: string;
  readonly table: string;
  /** The directory of its checkpoint and of the records that it set aside. */
  readonly directory: string;
  readonly retryAttempts: number;
}

export const asideFile = ({ directory, name }: Pick<ReaderSettings, 'directory' | 'name'>): string =>
  join(directory, `${name}-aside`);

if (process.send && process.argv[2] !== undefined) {
  const settings = JSON.parse(process.argv[2]) as ReaderSettings;
  const { handler } =
    settings.name === 'publish'
      ? await import('../../functions/publish/index.ts')
      : await import('../../functions/audit/index.ts');
  // Its parent process is gone.
  process.on('disconnect', () => process.exit());
  startStream({
    config: clientConfig(settings.streamUrl),
    tableName: settings.table,
    name: settings.name,
    directory: settings.directory,
    batchSize: 100,
    retryAttempts: settings.retryAttempts,
    // Storms are counted in requests, so they last as many retries as with longer waits.
    maxBackoffMs: 500,
    handler,
    onSetAside: ({ eventID }) => appendFileSync(asideFile(settings), `${eventID}\n`),
    report: () => {},
  });
  process.send('reading');
}
