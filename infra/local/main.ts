import type { BridgeEvent } from './bus.ts';
import { startHost } from './host.ts';

const DEFAULT_PORT = '8787';
/** How often a host that npm runs looks whether npm is there. */
const LOOK_MS = 500;

/** The port to listen on; 0 for any. Ends the process where it is none. */
const readPort = (): number => {
  const text = process.env.PORT ?? DEFAULT_PORT;
  const port = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN;
  if (port <= 65_535) return port;
  console.error(`PORT is ${JSON.stringify(text)}, which is no port`);
  process.exit(2);
};

const printEvent = ({ 'detail-type': type, detail }: BridgeEvent): void => {
  const { id, ...rest } = detail as { id: string };
  console.log(`event  ${type}  ${id}  ${JSON.stringify(rest)}`);
};

const starting = startHost({
  directory: process.env.TASKPORT_DATA ?? '.taskport',
  port: readPort(),
  onEvent: printEvent,
}).catch((error: Error) => {
  console.error(error.message);
  process.exit(1);
});

let stopping = false;
const stop = async (exitCode: number): Promise<void> => {
  if (stopping) return;
  stopping = true;
  // Asked to stop while it starts, it has children already that only a host can end.
  await (await starting).stop();
  process.exit(exitCode);
};
for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, () => stop(0));
// Nobody reads any more: a terminal that was closed, or the other end of a pipe.
for (const output of [process.stdout, process.stderr]) output.on('error', () => stop(0));
// npm passes on what it is asked to; killed, it tells nobody.
const npm = process.env.npm_lifecycle_event === undefined ? undefined : process.ppid;
if (npm !== undefined) setInterval(() => process.ppid === npm || stop(0), LOOK_MS).unref();

const host = await starting;
if (!stopping) console.log(`listening on ${host.url}`);

const reason = await host.failed;
if (reason !== undefined) {
  console.error(reason);
  await stop(1);
}
