import { spawn } from 'node:child_process';
import { randomInt, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import Dockerode from 'dockerode';
import { afterAll, beforeAll, describe, expect, inject, it, vi } from 'vitest';
import { foundOf } from '../../cli/docker/carried-stream.ts';
import { carryOutput, logConfig } from '../../cli/docker/output.ts';
import { attachTo } from '../../cli/docker/talk.ts';
import { openServiceSink } from '../../cli/logs/service-log.ts';
import { Taskport } from '../../client/taskport.ts';
import type { Exit } from '../../lib/execution/attempt.ts';
import type { Line, LogSink, StreamName } from '../../lib/execution/log-sink.ts';
import { titled } from '../bundle.ts';
import { archiveOf, busyboxTree } from '../busybox.ts';
import { openStage, type Stage } from '../composing.ts';
import { DOOMED_CARRIER } from '../host-bundle.ts';
import { PATIENCE } from '../patience.ts';
import { withoutDocker } from './dockerd.ts';
import { HeldWay } from './held-way.ts';

const without = withoutDocker();
const STREAMS: readonly StreamName[] = ['stdout', 'stderr'];
const nowhere = { read: async () => undefined, write: async () => {} };

/** A log in memory, which contains the written lines, and takes the given time. */
const gathering = (end?: string, takes: () => Promise<void> = async () => {}) => {
  const lines: Line[] = [];
  const sink: LogSink = {
    uri: 'file:///nowhere',
    end,
    gathered: { bytes: 2 ** 20, ms: 0 },
    write: async (given) => {
      await takes();
      lines.push(...given);
    },
    close: async () => {},
  };
  return { sink, lines, texts: () => lines.map(({ text }) => text) };
};

describe.skipIf(without)(titled('the output of a container', without), () => {
  let stage: Stage;
  let docker: Dockerode;
  let socketPath: string;
  const image = `localhost/busybox-${randomUUID()}:1`;
  const made: Dockerode.Container[] = [];

  beforeAll(async () => {
    stage = await openStage();
    socketPath = inject('dockerHost').replace(/^unix:\/\//, '');
    docker = new Dockerode({ socketPath });
    const [repo, tag] = image.split(':') as [string, string];
    const archive = await archiveOf(busyboxTree());
    const imported = await docker.importImage(Readable.from([archive]) as never, { repo, tag });
    await buffer(imported as unknown as NodeJS.ReadableStream);
  });
  afterAll(async () => {
    await Promise.all(made.map((container) => container.remove({ force: true })));
    await stage?.stop();
  });

  const start = async (script: string, options: Dockerode.ContainerCreateOptions = {}) => {
    const container = await docker.createContainer({
      Image: image,
      Cmd: ['/bin/sh', '-c', script],
      HostConfig: { NetworkMode: 'none', LogConfig: logConfig },
      ...options,
    });
    made.push(container);
    await container.start();
    return container;
  };
  const carry = (
    container: Dockerode.Container,
    sinks: Partial<Record<StreamName, LogSink>>,
    signal = new AbortController().signal,
    client = docker,
  ) =>
    container
      .inspect()
      .then((found) =>
        carryOutput(client, container.id, { found: foundOf(found), sinks, position: nowhere, signal }),
      );

  /** An attempt of a task in the service. */
  const attempted = async () => {
    const { executorId, taskId } = await stage.busy();
    const attempt = { executorId, taskId, attempt: 1 };
    const client = new Taskport({ url: stage.url });
    const open = (stream: StreamName) => openServiceSink(client, attempt, stream, undefined);
    const read = async (stream: StreamName, follow = false) => {
      const texts: string[] = [];
      for await (const { text } of client.outputs.lines(attempt, stream, { follow })) texts.push(text);
      return texts;
    };
    return { ...attempt, client, open, read };
  };

  it('reaches the service completely and once, however often its runner is killed', async () => {
    const { executorId, taskId, open, read } = await attempted();
    const [portions, each] = [20, 2_000];
    const script = `for k in $(seq 0 ${portions - 1}); do seq $((k * ${each} + 1)) $(((k + 1) * ${each})); echo $k >&2; sleep 0.2; done`;
    const container = await start(script);
    let killed = 0;
    while (killed < 3 || (await container.inspect()).State.Running) {
      const args = [socketPath, container.id, stage.url, executorId, taskId];
      const runner = spawn(process.execPath, [DOOMED_CARRIER, ...args], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      const ended = once(runner, 'exit');
      await Promise.race([once(runner.stdout, 'data'), ended]);
      await Promise.race([sleep(randomInt(900)), ended]);
      runner.kill('SIGKILL');
      await ended;
      killed += 1;
    }
    await carry(container, { stdout: await open('stdout'), stderr: await open('stderr') });
    const numbers = (await read('stdout')).map(Number);
    expect(numbers).toHaveLength(portions * each);
    expect(numbers.findIndex((number, at) => number !== at + 1)).toBe(-1);
    expect(await read('stderr')).toEqual(Array.from({ length: portions }, (_, at) => String(at)));
  });

  it('is followed over a silence, and to its end', async () => {
    const { executorId, taskId, open, read } = await attempted();
    const container = await start('echo one; sleep 5; echo two; sleep 3; printf three');
    const carrying = carry(container, { stdout: await open('stdout') });
    const following = read('stdout', true);
    await carrying;
    const path = `/v1/elements/${executorId.replace('://', '/')}/tasks/${taskId.slice('task://'.length)}/reports`;
    const body = { attempt: 1, state: 'exited', exitCode: 0, at: new Date().toISOString() };
    expect((await stage.call('POST', path, { body })).status).toBe(201);
    expect(await following).toEqual(['one', 'two', 'three']);
  });

  it('is lines of any length and any bytes, by stream', async () => {
    const long = (length: number, of: string) => `head -c ${length} /dev/zero | tr '\\0' ${of}; echo`;
    const container = await start(
      [
        ...[
          'printf "a\\n\\n b\\r\\n"',
          long(16_384, 'c'),
          long(50_000, 'd'),
          'echo e >&2',
          long(200_000, 'f'),
        ],
        'printf "\\303\\244\\377\\000g\\n"; head -c 16383 /dev/zero | tr "\\0" h; printf "\\303\\244\\n"; printf end',
      ].join('; '),
    );
    const [out, err] = [gathering(), gathering()];
    await carry(container, { stdout: out.sink, stderr: err.sink });
    const joined = out.texts().filter((text) => /^f+$/.test(text));
    expect(joined.join('')).toBe('f'.repeat(200_000));
    expect(Math.max(...joined.map(({ length }) => length))).toBe(65_536);
    const others = out.texts().filter((text) => !/^f+$/.test(text));
    const odd = `ä\ufffd\0g`;
    expect(others).toEqual([
      'a',
      '',
      ' b\r',
      'c'.repeat(16_384),
      'd'.repeat(50_000),
      odd,
      `${'h'.repeat(16_383)}ä`,
      'end',
    ]);
    expect(err.texts()).toEqual(['e']);
  });

  it('is read from a terminal too', async () => {
    const container = await start('echo one; head -c 40000 /dev/zero | tr "\\0" x; echo; echo two', {
      Tty: true,
      HostConfig: { NetworkMode: 'none', LogConfig: { Type: 'json-file', Config: {} } },
    });
    const { sink, texts } = gathering();
    await carry(container, { stdout: sink });
    expect(texts()).toEqual(['one\r', `${'x'.repeat(40_000)}\r`, 'two\r']);
  });

  it('continues after the lines in its log', async () => {
    const container = await start('seq 1 500; sleep 1; seq 501 1000');
    const whole = gathering();
    await carry(container, { stdout: whole.sink });
    expect(whole.texts()).toHaveLength(1_000);
    for (const at of [0, 1, 250, 499, 500, 999]) {
      const rest = gathering(whole.lines[at]?.mark);
      await carry(container, { stdout: rest.sink });
      expect(rest.texts()).toEqual(whole.texts().slice(at + 1));
    }
  });

  /** What a container's own streams say, and a way to let it continue. */
  const attached = async (container: Dockerode.Container) => {
    const options = { stream: true, stdin: true, stderr: true, hijack: true } as const;
    const stream = await container.attach(options);
    let said = '';
    stream.on('data', (bytes: Buffer) => {
      said += bytes.toString('latin1');
    });
    return { said: () => said, goOn: () => void stream.write('\n') };
  };

  it('waits with its task for a slow log, and loses nothing', async () => {
    // Slow enough for a busy machine to notice.
    const much = "head -c 999000 /dev/zero | tr '\\0' x | fold -w 999; echo; n=$((n + 1)); sleep 0.05";
    const told = 'exec 3<&0; (read _ <&3; : > /told) &';
    const container = await start(`${told} while [ ! -e /told ]; do ${much}; done; echo $n`, {
      OpenStdin: true,
    });
    const { goOn } = await attached(container);
    let letGo = (): void => {};
    const gate = new Promise<void>((settle) => {
      letGo = settle;
    });
    let lines = 0;
    let last = '';
    const sink: LogSink = {
      uri: 'file:///nowhere',
      write: async (given) => {
        await gate;
        lines += given.length;
        last = given.at(-1)?.text ?? '';
      },
      close: async () => {},
    };
    const carrying = carry(container, { stdout: sink });
    await vi.waitFor(async () => expect((await container.inspect()).State.Paused).toBe(true), PATIENCE);
    goOn();
    letGo();
    await carrying;
    expect((await container.inspect()).State).toMatchObject({ Running: false, ExitCode: 0 });
    // The backlog that is allowed is larger than this.
    expect(Number(last)).toBeGreaterThan(60);
    expect(lines).toBe(Number(last) * 1_000 + 1);
  });

  it('waits with its task for a slow runner, and loses nothing', async () => {
    const [steps, count] = [3, 12_000];
    // Before each step, which is more than the runner reads before it looks how late it is, and before its end the task waits to be told.
    const print = `BEGIN { s = sprintf("%990s", "x"); for (i = 1; i <= ${count}; i++) print k * ${count} + i, s }`;
    const step = `read _; awk -v k=$k '${print}'; echo "wrote $k." >&2`;
    const container = await start(`for k in $(seq 0 ${steps - 1}); do ${step}; done; read _`, {
      OpenStdin: true,
      HostConfig: {
        NetworkMode: 'none',
        // Less than the task writes, and a file is more than a step.
        LogConfig: { Type: 'local', Config: { 'max-size': '14m', 'max-file': '2', compress: 'false' } },
      },
    });
    const { said, goOn } = await attached(container);
    const way = await HeldWay.open(socketPath, join(tmpdir(), `held-${randomUUID()}.sock`));
    const odd: [number, number][] = [];
    let last = 0;
    const sink: LogSink = {
      uri: 'file:///nowhere',
      write: async (given) => {
        for (const number of given.map(({ text }) => Number.parseInt(text, 10))) {
          if (number !== last + 1) odd.push([last, number]);
          last = number;
        }
      },
      close: async () => {},
    };
    let pauses = 0;
    const events = await docker.getEvents({ filters: { container: [container.id], event: ['pause'] } });
    events.on('data', () => {
      pauses += 1;
    });
    const carrying = carry(container, { stdout: sink }, undefined, new Dockerode({ socketPath: way.path }));
    for (let k = 0; k < steps; k += 1) {
      way.hold();
      goOn();
      await vi.waitFor(() => expect(said()).toContain(`wrote ${k}.`), PATIENCE);
      // Output that is older than a second is late.
      await sleep(1_500);
      const before = pauses;
      way.release();
      await vi.waitFor(() => expect(pauses).toBeGreaterThan(before), PATIENCE);
      await vi.waitFor(() => expect(last).toBe((k + 1) * count), PATIENCE);
    }
    goOn();
    await carrying;
    await way.close();
    (events as NodeJS.ReadableStream & { destroy(): void }).destroy();
    expect((await container.inspect()).State).toMatchObject({ Running: false, ExitCode: 0 });
    // An engine that repeats the one line of a new file looks the same as one with two equal lines.
    expect(odd.filter(([one, other]) => one !== other)).toEqual([]);
    expect(odd.length).toBeLessThan(4);
  });

  it('stays in the engine when its runner ends, and is settled if its container is gone', async () => {
    const container = await start('echo one; sleep 1000');
    const { sink, texts } = gathering();
    const stop = new AbortController();
    const stopped = carry(container, { stdout: sink }, stop.signal);
    await vi.waitFor(() => expect(texts()).toEqual(['one']), PATIENCE);
    stop.abort(new Error('stopped'));
    await expect(stopped).rejects.toThrow('stopped');
    expect((await container.inspect()).State.Running).toBe(true);
    const gone = carry(container, Object.fromEntries(STREAMS.map((stream) => [stream, gathering().sink])));
    await container.remove({ force: true });
    made.splice(made.indexOf(container), 1);
    await gone;
  });

  it('is followed by the exit code for an attached client, however late the runner sees the end', async () => {
    const container = await start('read word; echo $word; exit 9', { OpenStdin: true });
    let hear = (_: Exit): void => {};
    const exited = new Promise<Exit>((settle) => {
      hear = settle;
    });
    const how = { kind: 'attach', terminal: false, stdin: true } as const;
    const talk = await attachTo(docker, container.id, how, { exited, first: undefined });
    await talk.write(Buffer.from('over\n'));
    const texts: string[] = [];
    for await (const { bytes } of talk.output) texts.push(Buffer.from(bytes).toString());
    expect(texts.join('')).toBe('over\n');
    const end = talk.end();
    expect(await Promise.race([end, sleep(3_000)])).toBeUndefined();
    hear({ exitCode: 9 });
    expect(await end).toEqual({ exitCode: 9 });
  });
});
