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
  /** Where data is kept; without one everything is gone after `stop`. */
  readonly directory?: string | undefined;
  /** Default: the engine that wrote the directory, else dynoxide where it has a build, else DynamoDB Local. */
  readonly metadata?: MetadataEngineName | undefined;
  /** The bucket that is there from the start. */
  readonly bucket: string;
}

export interface Engines {
  readonly dynamodbUrl: string;
  /** The embedded S3, or what `AWS_ENDPOINT_URL_S3` names. */
  readonly s3Url: string;
  /** Where the embedded S3 keeps the objects of the bucket. */
  readonly bucketDirectory?: string;
  /** Settles when the engines have ended: without a value after `stop`, with the reason if nobody asked. */
  readonly exited: Promise<string | undefined>;
  /** Has the data engine answer the pages that are served at this URL, beside programs. */
  admit(consoleUrl: string): void;
  /** Ends the engines, and waits until they have. */
  stop(): Promise<void>;
}

/** Beside this module, of its kind: a source, which needs a loader, or a bundle. */
const kind = extname(import.meta.filename);
const program = fileURLToPath(new URL(`./engines-process${kind}`, import.meta.url));
const loader = () => ['--import', pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href];

/** Read once: the host sets the variable itself, for the functions that it runs. */
const externalS3Url = process.env.AWS_ENDPOINT_URL_S3;

/** The engines get 5 s to close their files before force is used; their process gets this long altogether. */
const STOP_WITHIN = 10_000;

/** Starts the embedded engines in a process of their own, which ends with this one, however this one ends. */
export async function startEngines(options: EnginesOptions): Promise<Engines> {
  const settings = settingsOf(options);
  const child = fork(program, [JSON.stringify(settings)], {
    // s3rver's web framework still touches what DEP0066 is about; no user can do anything about it.
    execArgv: [...(kind === '.ts' ? loader() : []), '--disable-warning=DEP0066'],
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    // Out of the terminal's process group: a Ctrl-C reaches the host alone, which stops the engines last.
    detached: true,
  });
  let stopping = false;
  let failure: string | undefined;
  let engine: ProcessIdentity | undefined;

  const exited = new Promise<string | undefined>((settle) => {
    child.once('error', (error) => settle(error.message));
    child.once('exit', async (code, signal) => {
      // Killed by force it could not end the metadata engine, and nobody else is left to do it.
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
  const { dynamodbUrl, s3Url } = outcome;
  const own = { bucketDirectory: join(settings.directory, 's3rver', settings.bucket) };
  return { dynamodbUrl, s3Url, ...(settings.s3Url === undefined && own), exited, admit, stop };
}

/** Makes the directory where it is not there. Throws, with the way out, where nothing can be written to it. */
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
