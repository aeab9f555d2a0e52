import type { Duplex } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import type Dockerode from 'dockerode';
import type { SessionEnd } from '../../lib/composition/session/channels.ts';
import { signalNumber } from '../../lib/element/signal-name.ts';
import type { Exit } from '../../lib/execution/attempt.ts';
import { type Talk, TalkError, type TalkRequest } from '../../lib/execution/talk.ts';
import { statusOf, wordsOf } from './api-error.ts';
import { outputOf } from './raw-stream.ts';

/** How often and how long it is asked for what the engine does not know or cannot do yet. */
const LOOK_MS = 25;
const MOST_LOOKS = 80;

/** What a call is asked with: in its address, or in its body. */
type Asked = { readonly query: Readonly<Record<string, string>> } | { readonly body: object };

/**
 * The connection of a call, which carries streams from its answer on (Docker Engine API, ContainerAttach). Where all is asked in the address, the
 * body has no bytes: Podman gives them to the task.
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

/** Calls the engine, again while it holds the container still: that passes. Throws `TalkError` for what it refuses. */
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

const written = (stream: Duplex, bytes: Uint8Array): Promise<void> =>
  new Promise((settle) => {
    if (stream.destroyed || stream.writableEnded) return settle();
    stream.write(bytes, () => settle());
  });

const talkOver = (
  stream: Duplex,
  { terminal, size }: TalkRequest,
  resize: (size: { h: number; w: number }) => Promise<unknown>,
  end: () => Promise<SessionEnd>,
): Talk => {
  // What breaks it ends the output.
  stream.on('error', () => {});
  const talk: Talk = {
    output: outputOf(stream, terminal),
    write: (bytes) => written(stream, bytes),
    endInput: () => void stream.end(),
    // It may have ended by then.
    resize: async ({ columns, rows }) => void (await resize({ h: rows, w: columns }).catch(() => {})),
    end,
    close: () => void stream.destroy(),
  };
  if (terminal && size) void talk.resize(size);
  return talk;
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
    // The engine notes the end of a command some moments after its streams ended.
    for (let looks = 0; looks < MOST_LOOKS; looks += 1) {
      const { Running, ExitCode } = await asked(() => exec.inspect());
      if (!Running && ExitCode !== null) return { exitCode: ExitCode };
      await sleep(LOOK_MS);
    }
    return { detached: true };
  };
  return talkOver(stream, how, (size) => exec.resize(size), end);
};

/** Attaches to the streams of a container, from now on. */
export const attachTo = async (
  docker: Dockerode,
  container: Dockerode.Container,
  how: TalkRequest,
  exited: Promise<Exit>,
): Promise<Talk> => {
  const query = { stream: '1', stdout: '1', stderr: '1', ...(how.stdin ? { stdin: '1' } : {}) };
  const stream = await asked(() => hijacked(docker, `/containers/${container.id}/attach`, { query }));
  const end = async (): Promise<SessionEnd> => {
    const late = sleep(MOST_LOOKS * LOOK_MS, undefined, { ref: false });
    const exit = await Promise.race([exited.catch(() => undefined), late]);
    if (!exit) return { detached: true };
    if ('exitCode' in exit) return { exitCode: exit.exitCode };
    return 'exitSignal' in exit ? { exitCode: 128 + signalNumber(exit.exitSignal) } : { failed: exit.lost };
  };
  return talkOver(stream, how, (size) => container.resize(size), end);
};
