import { mkdirSync } from 'node:fs';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import S3rver from '@20minutes/s3rver';
import { guarded, isLoopback } from '../page-guard.ts';
import { readQuickly } from './quick-reading.ts';
import { keepWhole } from './whole-objects.ts';

export interface DataEngine {
  readonly url: string;
  /** Lets pages from this port of a host send and fetch data. */
  admit(consolePort: string): void;
  stop(): Promise<void>;
}

/** The console uses presigned URLs; the guard refuses all other pages. Completing an upload needs `ETag`. */
const CORS = `<CORSConfiguration>
  <CORSRule>
    <AllowedOrigin>*</AllowedOrigin>
    <AllowedMethod>GET</AllowedMethod>
    <AllowedMethod>HEAD</AllowedMethod>
    <AllowedMethod>PUT</AllowedMethod>
    <AllowedHeader>*</AllowedHeader>
    <ExposeHeader>ETag</ExposeHeader>
    <MaxAgeSeconds>3000</MaxAgeSeconds>
  </CORSRule>
</CORSConfiguration>`;

/** Milliseconds that transfers may take after the stop. */
const PATIENCE = 2_000;

/** Starts s3rver in this process, and creates the bucket. */
export async function startDataEngine(directory: string, bucket: string): Promise<DataEngine> {
  mkdirSync(directory, { recursive: true });
  const s3rver = new S3rver({
    directory,
    silent: true,
    allowMismatchedSignatures: true,
    vhostBuckets: false,
    configureBuckets: [{ name: bucket, configs: [CORS] }],
  });
  keepWhole(s3rver.store, directory);
  await s3rver.configureBuckets();
  await readQuickly(s3rver, bucket);
  const serve = s3rver.callback();
  let consolePort: string | undefined;
  const server = createServer(
    guarded(
      // s3rver checks no signatures: a page with access can read and write all data.
      (origin) => isLoopback(origin) && origin.port === consolePort,
      (request, response) => {
        // A stored object may be an HTML page. Without an origin, that page can access nothing.
        response.setHeader('content-security-policy', 'sandbox');
        if (staysInside(request)) serve(request, response);
        else response.writeHead(400).end();
      },
    ),
  );
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    admit: (port) => {
      consolePort = port;
    },
    stop: () =>
      new Promise((resolve) => {
        const force = setTimeout(() => server.closeAllConnections(), PATIENCE);
        server.close(() => {
          clearTimeout(force);
          resolve();
        });
      }),
  };
}

/**
 * s3rver uses keys as paths, so a key with `..` leaves the directory. A form can send such a key in its body, from any page, without a preflight
 * request. The service never uploads by forms, so this refuses them.
 */
function staysInside({ url = '', headers }: IncomingMessage): boolean {
  if (headers['content-type']?.startsWith('multipart/form-data')) return false;
  try {
    return ![url, headers['x-amz-copy-source'] ?? '']
      .flatMap((path) => decodeURIComponent(String(path)).split(/[/\\?]/))
      .includes('..');
  } catch {
    return false;
  }
}
