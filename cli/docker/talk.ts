import type { Duplex } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import type Dockerode from 'dockerode';
import type { SessionEnd, TerminalSize } from '../../lib/composition/session/channels.ts';
import { signalNumber } from '../../lib/element/signal-name.ts';
import type { Exit } from '../../lib/execution/attempt.ts';
import { type Talk, TalkError, type TalkRequest } from '../../lib/execution/talk.ts';
import { except, statusOf, wordsOf } from './api-error.ts';
import { outputOf } from './raw-stream.ts';

/** How often and how long to ask for a state that the engine does not have yet. */
const LOOK_MS = 25;
const MOST_LOOKS = 400;

/** After its first output, a program may take this long before it handles a change of the terminal's size. */
const SETTLED_MS = 250;

/** The parameters of a call: in its address, or in its body. */
type Asked = { readonly query: Readonly<Record<string, string>> } | { readonly body: object };

/**
 * The connection of a call, which carries streams after its answer (Docker Engine API, ContainerAttach). If all parameters are in the
 * address, the body is empty: Podman would pass its bytes to the task.
 */
const hijacked = (docker: Dockerode, path: string, how: Asked): Promise<Duplex> =>
  new Promise((settle, fail) => {
    const given =
      'query' in how
        ? { path: `${path}?`, options: how.query, file: Buffer.alloc(0) }
        : { path, options: how.body };
    const call = {
      ...given,
      method: 'POST',
      hijack: true,
      isStream: true,
      allowEmpty: true,
      statusCodes: { 200: true },
    };
    docker.modem.dial(call as Parameters<typeof docker.modem.dial>[0], (error, stream) =>
      error ? fail(error) : settle(stream as Duplex),
    );
  });

/** Calls the engine; calls again while the engine holds the container paused, which is short. Throws `TalkError` for a refusal. */
const asked = async <T>(call: () => Promise<T>): Promise<T> => {
  for (let looks = 0; ; looks += 1) {
    try {
      return await call();
    } catch (error) {
      if (looks < MOST_LOOKS && statusOf(error) === 409 && /paused/i.test(wordsOf(error)))
        await sleep(LOOK_MS);
      else throw new TalkError(wordsOf(error));
    }
  }
};

/** Repeats a look until it finds something. An engine records an end some moments after its streams ended, a busy one later. */
const lookFor = async <T>(look: () => Promise<T | undefined>): Promise<T | undefined> => {
  for (let looks = 0; looks < MOST_LOOKS; looks += 1) {
    const found = await look();
    if (found !== undefined) return found;
    await sleep(LOOK_MS);
  }
  return undefined;
};

const written = (stream: Duplex, bytes: Uint8Array): Promise<void> =>
  new Promise((settle) => {
    if (stream.destroyed || stream.writableEnded) return settle();
    stream.write(bytes, () => settle());
  });

/** The source of output and the destination of input: one connection, or one for each. */
interface Streams {
  readonly output: Duplex;
  readonly input: Duplex;
}

/** The keys that detach from a terminal: ctrl-p ctrl-q. An engine reports them as an error of the command. */
const DETACH = '\x10\x11';
const [BEGINS_DETACH = ''] = DETACH;

interface TalkedOver {
  readonly resize: (size: { h: number; w: number }) => Promise<unknown>;
  readonly end: () => Promise<SessionEnd>;
  /** Whether the process has just begun. */
  readonly isNew: boolean;
}

const talkOver = (
  { output, input }: Streams,
  { terminal, size }: TalkRequest,
  { resize, end, isNew }: TalkedOver,
): Talk => {
  // A broken connection ends the output.
  for (const stream of [output, input]) stream.on('error', () => {});
  let latest = size;
  let sized: Promise<unknown> = Promise.resolve();
  const tell = ({ rows, columns }: TerminalSize): Promise<unknown> => {
    // Changes of size one after another; the process may have ended.
    sized = sized.then(() => resize({ h: rows, w: columns })).catch(() => {});
    return sized;
  };
  /** A process that starts before its terminal has a size may read it and miss the change; this sets the size again once the process writes. */
  const tellAnew = async (): Promise<void> => {
    await sleep(SETTLED_MS, undefined, { ref: false });
    if (!latest) return;
    void tell({ ...latest, rows: latest.rows + 1 });
    void tell(latest);
  };
  let held = '';
  let isDetached = false;
  const close = (): void => {
    output.destroy();
    input.destroy();
  };
  const typed = async (bytes: Uint8Array): Promise<void> => {
    const text = held + Buffer.from(bytes).toString('latin1');
    const [keys = '', ...more] = text.split(DETACH);
    isDetached = more.length > 0;
    held = !isDetached && keys.endsWith(BEGINS_DETACH) ? BEGINS_DETACH : '';
    await written(input, Buffer.from(keys.slice(0, keys.length - held.length), 'latin1'));
    if (isDetached) close();
  };
  if (terminal && size) void tell(size);
  return {
    output: outputOf(output, terminal, terminal && isNew ? () => void tellAnew() : undefined),
    write: (bytes) => (terminal ? typed(bytes) : written(input, bytes)),
    endInput: () => void input.end(),
    resize: async (now) => {
      latest = now;
      await tell(now);
    },
    end: async () => (isDetached ? { detached: true } : end()),
    close,
  };
};

/** Runs a command in a container. */
export const execIn = async (
  docker: Dockerode,
  container: Dockerode.Container,
  how: TalkRequest,
): Promise<Talk> => {
  const exec = await asked(() =>
    container.exec({
      Cmd: [...(how.args ?? [])],
      AttachStdin: how.stdin,
      AttachStdout: true,
      AttachStderr: true,
      Tty: how.terminal,
    }),
  );
  const body = { Detach: false, Tty: how.terminal };
  const stream = await asked(() => hijacked(docker, `/exec/${exec.id}/start`, { body }));
  const end = async (): Promise<SessionEnd> => {
    const exitCode = await lookFor(async () => {
      const { Running, ExitCode } = await asked(() => exec.inspect());
      return Running ? undefined : (ExitCode ?? undefined);
    });
    return exitCode === undefined ? { detached: true } : { exitCode };
  };
  const resize: TalkedOver['resize'] = (size) => exec.resize(size);
  return talkOver({ output: stream, input: stream }, how, { resize, end, isNew: true });
};

const OUTPUT = { stdout: '1', stderr: '1' };
const INPUT = { stdin: '1' };

/** A connection to the streams of a container, from now on. */
const attached = (
  docker: Dockerode,
  id: string,
  streams: Readonly<Record<string, string>>,
): Promise<Duplex> => hijacked(docker, `/containers/${id}/attach`, { query: { stream: '1', ...streams } });

/** All output of a container; call it before the start. */
export const outputFromStart = (docker: Dockerode, id: string): Promise<Duplex> =>
  attached(docker, id, OUTPUT);

/** Attaches to the streams of a container, from now on; `first` is its output since its start. */
export const attachTo = async (
  docker: Dockerode,
  id: string,
  how: TalkRequest,
  { exited, first }: { readonly exited: Promise<Exit>; readonly first: Duplex | undefined },
): Promise<Talk> => {
  const both = { ...OUTPUT, ...(how.stdin ? INPUT : {}) };
  const output = first ?? (await asked(() => attached(docker, id, both)));
  // A process that has ended takes no input.
  const input =
    first && how.stdin ? await asked(() => attached(docker, id, INPUT)).catch(() => first) : output;
  const end = async (): Promise<SessionEnd> => {
    const hasEnded = await lookFor(async () => {
      const container = await asked(() => docker.getContainer(id).inspect().catch(except(404)));
      return container?.State.Running ? undefined : true;
    });
    const found = hasEnded && (await exited.catch(() => undefined));
    if (!found) return { detached: true };
    if ('exitCode' in found) return { exitCode: found.exitCode };
    return 'exitSignal' in found
      ? { exitCode: 128 + signalNumber(found.exitSignal) }
      : { failed: found.lost };
  };
  const resize: TalkedOver['resize'] = (size) => docker.getContainer(id).resize(size);
  return talkOver({ output, input }, how, { resize, end, isNew: first !== undefined });
};
