import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import type { Address } from './hidden-address.ts';
import type { Launch } from './launch.ts';

/**
 * An empty database of dynoxide 1.2.1, with the statements below. dynoxide never removes a stream record, and reads all of them at
 * every write to number the next: after 40,000 records, it writes 58 rows a second. With the index it reads one record. Records stay a
 * week, not a day as in DynamoDB, so that a laptop can publish Friday's changes on Monday.
 *
 *   CREATE INDEX taskport_stream_order ON _stream_records (table_name, CAST(sequence_number AS INTEGER));
 *   CREATE INDEX taskport_stream_age ON _stream_records (created_at);
 *   CREATE TRIGGER taskport_stream_retention AFTER INSERT ON _stream_records BEGIN
 *     DELETE FROM _stream_records WHERE created_at < NEW.created_at - 604800;
 *   END;
 */
const SEED = fileURLToPath(new URL('./dynoxide-seed.db.gz', import.meta.url));

const require = createRequire(import.meta.url);

/** Whether there is a build of dynoxide for this platform. */
export function hasDynoxide(): boolean {
  return binary() !== undefined;
}

/** Runs dynoxide at an address, with its database in the directory. */
export function dynoxide({ host, port }: Address, directory: string): Launch {
  const command = binary();
  if (!command) {
    throw new Error(
      `dynoxide is not installed: there is no package @dynoxide/${process.platform}-${process.arch} here. ` +
        'Use the metadata engine dynamodb-local, which needs a JDK, 17 or newer.',
    );
  }
  return {
    command,
    args: ['--host', host, '--port', String(port), '--db-path', database(directory)],
    // dynoxide prints this once it holds the port; if another process holds it, it prints an error.
    isReady: (output) => output.includes('listening on'),
    hint: 'The metadata engine dynamodb-local runs anywhere with a JDK, 17 or newer.',
  };
}

function binary(): string | undefined {
  try {
    const manifest = require.resolve(`@dynoxide/${process.platform}-${process.arch}/package.json`);
    return join(dirname(manifest), process.platform === 'win32' ? 'dynoxide.exe' : 'dynoxide');
  } catch {
    return undefined;
  }
}

function database(directory: string): string {
  const path = join(directory, 'taskport.db');
  if (!existsSync(path)) {
    writeFileSync(`${path}.new`, gunzipSync(readFileSync(SEED)));
    renameSync(`${path}.new`, path);
  }
  return path;
}
