import { spawn } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { attachTo } from '../../cli/docker/talk.ts';
import { openServiceSink } from '../../cli/logs/service-log.ts';
import { Taskport } from '../../client/taskport.ts';
import type { Exit } from '../../lib/execution/attempt.ts';
import type { Line, LogSink, StreamName } from '../../lib/execution/log-sink.ts';
import { titled } from '../bundle.ts';
import { openStage, type Stage } from '../composing.ts';
import { DOOMED_CARRIER } from '../host-bundle.ts';
import { PATIENCE } from '../patience.ts';
import { withoutDocker } from './dockerd.ts';
import { usePrinting } from './printing.ts';

const without = withoutDocker();
const STREAMS: readonly StreamName[] = ['stdout', 'stderr'];

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
  const { docker, socketPath, made, start, carry } = usePrinting();
  let stage: Stage;
  beforeAll(async () => {
    stage = await openStage();
  });
  afterAll(() => stage?.stop());

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
