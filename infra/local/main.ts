import { constants } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { contextInUse } from '../../cli/configuration.ts';
import { makeLocations } from './first-locations.ts';
import { startHost } from './host.ts';
import { EXECUTORS, startRunner } from './runner.ts';
import { Teller } from './teller.ts';
import type { Running } from './triggers.ts';

const DEFAULT_PORT = '8787';
/** Milliseconds between checks that npm still runs, if npm started this host. */
const LOOK_MS = 500;
/** Milliseconds within which a second signal counts as the first one: a terminal and npm both send Ctrl-C. */
const AGAIN_MS = 1_000;

const HELP = `npm start -- [options]     runs Taskport on this machine

  --no-runner   start no runner of ${EXECUTORS}, though there is an engine (Docker, Podman)
  --bare        make no locations either
  --json        print lines of JSON
  --help        print this

PORT says where it listens (${DEFAULT_PORT}; 0: any port that is free), TASKPORT_DATA where data is (.taskport), DOCKER_HOST where the engine is.`;

/** Ends the process because of wrong arguments. */
const refuse = (why: string): never => {
  console.error(why);
  process.exit(2);
};

const readOptions = () => {
  const boolean = { type: 'boolean', default: false } as const;
  const options = { 'no-runner': boolean, bare: boolean, json: boolean, help: boolean };
  try {
    return parseArgs({ options }).values;
  } catch (error) {
    return refuse(`${(error as Error).message}\n\n${HELP}`);
  }
};

/** The port to listen on; 0 for any. Ends the process if the value is no port. */
const readPort = (): number => {
  const text = process.env.PORT ?? DEFAULT_PORT;
  const port = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN;
  return port <= 65_535 ? port : refuse(`PORT is ${JSON.stringify(text)}, which is no port`);
};

const options = readOptions();
if (options.help) {
  console.log(HELP);
  process.exit(0);
}
const port = readPort();
// A copy, because the host sets variables for its functions, and the runner gets those of the user.
const env = { ...process.env };
const directory = resolve(env.TASKPORT_DATA ?? '.taskport');
const configured = env.TASKPORT_URL ?? (await contextInUse(env).catch(() => undefined))?.url;
const teller = new Teller(options.json, configured ?? `http://127.0.0.1:${DEFAULT_PORT}`);

const starting = startHost({ directory, port, onEvent: teller.event }).catch((error: Error) => {
  console.error(error.message);
  process.exit(1);
});

let runner: Running | undefined;
let stopping = false;
let stoppingSince = 0;
const stop = async (exitCode: number): Promise<void> => {
  if (stopping) return;
  stopping = true;
  stoppingSince = performance.now();
  // A host that is stopped during its start already has child processes, and only a started host can end them.
  const host = await starting;
  // First, because the runner tells the service that it ends.
  await runner?.stop();
  await host.stop();
  process.exit(exitCode);
};
/** Stops. A second signal ends this process at once, unless npm only forwards the first one. */
const onSignal = (signal: 'SIGTERM' | 'SIGINT' | 'SIGHUP'): void => {
  if (stopping && performance.now() - stoppingSince > AGAIN_MS) process.exit(128 + constants.signals[signal]);
  void stop(0);
};
for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, onSignal);
// The reader of the output is gone: a closed terminal, or the other end of a pipe.
for (const output of [process.stdout, process.stderr]) output.on('error', () => stop(0));
// npm forwards signals, but a killed npm sends none.
const npm = process.env.npm_lifecycle_event === undefined ? undefined : process.ppid;
if (npm !== undefined) setInterval(() => process.ppid === npm || stop(0), LOOK_MS).unref();

const host = await starting;
const problems = options.bare ? [] : await makeLocations(host.url);
if (!stopping) for (const problem of problems) console.error(problem);
if (!stopping) teller.listening(host.url, directory);
if (!stopping && !options.bare && !options['no-runner'])
  runner = startRunner({
    url: host.url,
    state: join(directory, 'runner'),
    env,
    onNote: teller.note,
    onReady: teller.ready,
    onLack: teller.lack,
  });

const reason = await host.failed;
if (reason !== undefined) {
  console.error(reason);
  await stop(1);
}
