import { type ChildProcess, fork } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { extname, join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { ConsoleMessage, EnginesMessage, EnginesSettings } from './engines-process.ts';
import type { MetadataEngineName } from './metadata-engine.ts';
import { end, type ProcessIdentity } from './process-table.ts';

export type { MetadataEngineName } from './metadata-engine.ts';

export interface EnginesOptions {
  /** The directory of all data; without one, the data is gone after `stop`. */
  readonly directory?: string | undefined;
  /** By default the engine that wrote the directory, else dynoxide if it has a build for this platform, else DynamoDB Local. */
  readonly metadata?: MetadataEngineName | undefined;
  /** The bucket that the data engine creates at its start. */
  readonly bucket: string;
}

export interface Engines {
  readonly dynamodbUrl: string;
  /** The embedded S3, or `AWS_ENDPOINT_URL_S3`. */
  readonly s3Url: string;
  /** Settles after the engines have ended: without a value after `stop`, else with the reason. */
  readonly exited: Promise<string | undefined>;
  /** Lets pages from this URL call the data engine. */
  admit(consoleUrl: string): void;
  /** Ends the engines, and waits for their end. */
  stop(): Promise<void>;
}

/** The module beside this one has the same extension: a source, which needs a loader, or a bundle. */
const kind = extname(import.meta.filename);
const program = fileURLToPath(new URL(`./engines-process${kind}`, import.meta.url));
const loader = () => ['--import', pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href];

/**
 * Lets the heap grow to four times its size after a full collection, as `npm start` does for the host. By default, V8 lets the heap of an idle
 * process grow by a few MiB, and counts the buffers of a transfer: each transfer then collects the whole heap dozens of times, which takes most
 * of its processor time.
 */
const HEAP = ['--heap-growing-percent=300'];

/** Read once, because the host later sets the variable for its functions. */
const externalS3Url = process.env.AWS_ENDPOINT_URL_S3;

/** Milliseconds until the process is killed. It first gives the engines 5 s to close their files. */
const STOP_WITHIN = 10_000;

/** Starts the embedded engines in a process that ends with this one, even if this one is killed. */
export async function startEngines(options: EnginesOptions): Promise<Engines> {
  const settings = settingsOf(options);
  const child = fork(program, [JSON.stringify(settings)], {
    // The web framework of s3rver uses an API deprecated by DEP0066; users can do nothing about the warning.
    execArgv: [...(kind === '.ts' ? loader() : []), ...HEAP, '--disable-warning=DEP0066'],
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    // Outside the terminal's process group: Ctrl-C reaches only the host, which stops the engines last.
    detached: true,
  });
  let stopping = false;
  let failure: string | undefined;
  let engine: ProcessIdentity | undefined;

  const exited = new Promise<string | undefined>((settle) => {
    child.once('error', (error) => settle(error.message));
    child.once('exit', async (code, signal) => {
      // A killed process cannot end its metadata engine, so the host does.
      if (engine) await end(engine);
      settle(
        stopping ? undefined : (failure ?? `the engines' process ended unexpectedly (${signal ?? code})`),
      );
    });
  });
  const stop = async () => {
    stopping = true;
    if (child.connected) child.disconnect();
    await Promise.race([exited, killAfter(child, STOP_WITHIN)]);
    await exited;
  };

  const ready = new Promise<Extract<EnginesMessage, { kind: 'ready' }>>((settle) => {
    child.on('message', (message: EnginesMessage) => {
      if (message.kind === 'metadata-process') engine = message.engine;
      if (message.kind === 'failed') failure = message.reason;
      if (message.kind === 'ready') settle(message);
    });
  });
  const outcome = await Promise.race([ready, exited]);
  if (typeof outcome !== 'object') throw new Error(outcome ?? 'the engines were stopped while starting');
  const admit = (consoleUrl: string): void => {
    if (child.connected) child.send({ consolePort: new URL(consoleUrl).port } satisfies ConsoleMessage);
  };
  return { dynamodbUrl: outcome.dynamodbUrl, s3Url: outcome.s3Url, exited, admit, stop };
}

/** Makes the directory if it is missing. Throws, with a remedy, if it is not writable. */
function makeWritable(directory: string): void {
  try {
    mkdirSync(directory, { recursive: true });
    rmdirSync(mkdtempSync(join(directory, 'tried-')));
  } catch (error) {
    const why = (error as Error).message.split(',', 1)[0];
    throw new Error(
      `no data can be kept in ${directory} (${why}); set TASKPORT_DATA to a directory that you may write to`,
    );
  }
}

function settingsOf({ directory, metadata, bucket }: EnginesOptions): EnginesSettings {
  if (directory !== undefined) makeWritable(directory);
  return {
    directory: resolve(directory ?? mkdtempSync(join(tmpdir(), 'taskport-'))),
    temporary: directory === undefined,
    metadata,
    bucket,
    s3Url: externalS3Url,
  };
}

async function killAfter(child: ChildProcess, patience: number): Promise<void> {
  await sleep(patience, undefined, { ref: false });
  child.kill('SIGKILL');
}
