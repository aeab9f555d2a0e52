import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { dynamodbLocal } from './dynamodb-local.ts';
import { dynoxide, hasDynoxide } from './dynoxide.ts';
import { hiddenAddress } from './hidden-address.ts';
import type { Launch } from './launch.ts';
import { end, type ProcessIdentity } from './process-table.ts';

export type MetadataEngineName = 'dynoxide' | 'dynamodb-local';

export interface MetadataEngine {
  readonly url: string;
  /** Settles after the process has ended, with the end of its output. */
  readonly exited: Promise<string>;
  stop(): Promise<void>;
}

interface MetadataEngineOptions {
  readonly name: MetadataEngineName;
  readonly directory: string;
  /** Called as soon as a process exists, before it is ready. */
  readonly onProcess: (engine: ProcessIdentity) => void;
  readonly signal: AbortSignal;
}

const READY_WITHIN = 300_000;
const OUTPUT_KEPT = 4_000;
const ADDRESS_ATTEMPTS = 5;

/** The engine for this machine: dynoxide if it has a build, else DynamoDB Local. */
export function defaultMetadataEngine(): MetadataEngineName {
  return hasDynoxide() ? 'dynoxide' : 'dynamodb-local';
}

/** Starts the engine, and waits until it answers. If another process takes the address, it tries the next one. */
export async function startMetadataEngine(options: MetadataEngineOptions): Promise<MetadataEngine> {
  const { name, directory, onProcess, signal } = options;
  mkdirSync(directory, { recursive: true });
  for (let attempt = 1; ; attempt++) {
    const address = await hiddenAddress();
    const launch = name === 'dynoxide' ? dynoxide(address, directory) : dynamodbLocal(address, directory);
    const child = spawn(launch.command, launch.args, { stdio: ['ignore', 'pipe', 'pipe'] });
    const output = keepOutput(child);
    const exited = new Promise<string>((resolve) => {
      child.once('error', (error) => resolve(error.message));
      child.once('close', () => resolve(output()));
    });
    const identity = child.pid ? { pid: child.pid, mark: launch.args.join(' ') } : undefined;
    if (identity) onProcess(identity);
    const stop = async () => {
      if (identity) await end(identity);
    };
    const problem = await becomeReady(launch, exited, output, signal);
    if (problem === undefined) return { url: address.url, exited, stop };
    await stop();
    if (attempt < ADDRESS_ATTEMPTS && /already in use/i.test(problem)) continue;
    throw new Error(`${name} did not start. ${launch.hint}\n${problem}`);
  }
}

/** Settles without a value once the engine answers, else with the problem. */
async function becomeReady(
  launch: Launch,
  exited: Promise<string>,
  output: () => string,
  signal: AbortSignal,
): Promise<string | undefined> {
  const deadline = Date.now() + READY_WITHIN;
  let lastWords: string | undefined;
  void exited.then((words) => {
    lastWords = words;
  });
  while (!(await launch.isReady(output()))) {
    if (lastWords !== undefined) return lastWords;
    if (signal.aborted) return 'It was told to stop.';
    if (Date.now() > deadline) return `It does not answer after ${READY_WITHIN / 1000} s. ${output()}`;
    await sleep(20);
  }
  return undefined;
}

function keepOutput(child: ChildProcess): () => string {
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (text: string) => {
      output = (output + text).slice(-OUTPUT_KEPT);
    });
  }
  return () => output.trim();
}
