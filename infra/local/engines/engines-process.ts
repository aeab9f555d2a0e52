/** The process of the engines. A killed host cannot end its engines, but its channel to this process closes. This process then ends them. */
import { existsSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import { startDataEngine } from './data-engine.ts';
import { claimDirectory } from './directory-claim.ts';
import { defaultMetadataEngine, type MetadataEngineName, startMetadataEngine } from './metadata-engine.ts';
import type { ProcessIdentity } from './process-table.ts';

/** The process's only argument, as JSON. */
export interface EnginesSettings {
  readonly directory: string;
  /** Whether the process removes the directory at its end. */
  readonly temporary: boolean;
  readonly metadata: MetadataEngineName | undefined;
  readonly bucket: string;
  /** An S3-compatible endpoint that replaces the embedded engine. */
  readonly s3Url: string | undefined;
}

/** Messages to the host. */
export type EnginesMessage =
  | { readonly kind: 'ready'; readonly dynamodbUrl: string; readonly s3Url: string }
  | { readonly kind: 'metadata-process'; readonly engine: ProcessIdentity }
  | { readonly kind: 'failed'; readonly reason: string };

const argument = process.argv[2] ?? '';
const settings = JSON.parse(argument) as EnginesSettings;
const ending = new AbortController();
const cleanUps: (() => void | Promise<void>)[] = [];

/** A message from the host: the port of its console. */
export interface ConsoleMessage {
  readonly consolePort: string;
}

process.on('disconnect', () => ending.abort());
process.on('SIGTERM', () => ending.abort());
// The host handles Ctrl-C and a closed terminal: it finishes its work while the engines still run.
process.on('SIGINT', () => {});
process.on('SIGHUP', () => {});
// The terminal of the host may close before this process ends; a failed write must not stop the cleanup.
process.stderr.on('error', () => {});
if (!process.connected) ending.abort();

try {
  await run();
} catch (error) {
  if (!ending.signal.aborted) {
    await tell({ kind: 'failed', reason: error instanceof Error ? error.message : String(error) });
  }
} finally {
  for (const cleanUp of cleanUps.reverse()) await cleanUp();
}
process.exit();

async function run(): Promise<void> {
  const { directory, temporary, bucket, s3Url } = settings;
  let record: (engine: ProcessIdentity) => void = () => {};
  if (temporary) {
    cleanUps.push(() => rmSync(directory, { recursive: true, force: true }));
  } else {
    const mark = `${basename(import.meta.filename)} ${argument}`;
    const claim = await claimDirectory(directory, { pid: process.pid, mark });
    record = claim.record;
    cleanUps.push(claim.release);
  }
  if (ending.signal.aborted) return;

  const name = chooseMetadataEngine();
  const metadata = await startMetadataEngine({
    name,
    directory: join(directory, name),
    onProcess: (engine) => {
      record(engine);
      void tell({ kind: 'metadata-process', engine });
    },
    signal: ending.signal,
  });
  cleanUps.push(metadata.stop);

  let dataUrl = s3Url;
  if (dataUrl === undefined) {
    const data = await startDataEngine(join(directory, 's3rver'), bucket);
    cleanUps.push(data.stop);
    process.on('message', ({ consolePort }: ConsoleMessage) => data.admit(consolePort));
    dataUrl = data.url;
  }

  await tell({ kind: 'ready', dynamodbUrl: metadata.url, s3Url: dataUrl });
  const lastWords = await Promise.race([aborted(ending.signal), metadata.exited]);
  if (lastWords !== undefined) throw new Error(`${name} ended unexpectedly. ${lastWords}`);
}

/** A directory keeps the engine that wrote it, because another engine cannot read its rows. */
function chooseMetadataEngine(): MetadataEngineName {
  const names: MetadataEngineName[] = ['dynoxide', 'dynamodb-local'];
  const present = names.find((name) => existsSync(join(settings.directory, name)));
  if (present && settings.metadata && settings.metadata !== present) {
    throw new Error(`${settings.directory} was written by ${present}; ${settings.metadata} cannot read it.`);
  }
  return settings.metadata ?? present ?? defaultMetadataEngine();
}

function aborted(signal: AbortSignal): Promise<undefined> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve(undefined);
    signal.addEventListener('abort', () => resolve(undefined), { once: true });
  });
}

/** Sends a message. If the host is gone, the closed channel tells. */
function tell(message: EnginesMessage): Promise<void> {
  return new Promise((resolve) => {
    if (!process.send || !process.connected) return resolve();
    process.send(message, () => resolve());
  });
}
