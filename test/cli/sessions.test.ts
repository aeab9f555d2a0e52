/** Sessions with tasks: a client, the relay of a local host, a runner in its own process, and a Docker engine. */
import { spawn, spawnSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { Session, SessionRequest } from '../../client/sessions.ts';
import type { TaskSpec } from '../../lib/element/task-spec.ts';
import { titled } from '../bundle.ts';
import { withoutDocker } from '../docker/dockerd.ts';
import { PATIENCE } from '../patience.ts';
import type { RunnerProcess } from '../runner-process.ts';
import { COMMAND } from './command-line.ts';
import { Stage, sh } from './runner.ts';

const without = withoutDocker();
/** A runner's connections to its engine: those of its sockets without a port. */
const engineConnections = ({ child: { pid } }: RunnerProcess): number => {
  const local = new Set(
    readFileSync('/proc/net/unix', 'utf8')
      .split('\n')
      .map((line) => line.split(/\s+/)[6]),
  );
  return readdirSync(`/proc/${pid}/fd`).filter((fd) => {
    try {
      return local.has(/^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/${pid}/fd/${fd}`))?.[1] ?? '');
    } catch {
      return false;
    }
  }).length;
};

const WAITS = 'trap "exit 0" TERM; while :; do sleep 1000 & wait; done';

describe.skipIf(without)(titled('a session', without), () => {
  let stage: Stage;
  let runner: RunnerProcess;
  let idle: { executorId: string; taskId: string };
  beforeAll(async () => {
    stage = await Stage.open();
    runner = await stage.startRunner('boxes', await stage.place('boxes'));
    idle = await running('idle', sh(WAITS));
  });
  afterAll(() => stage?.close());

  /** A running task on its own executor. */
  const running = async (name: string, spec: TaskSpec) => {
    const executorId = `executor://boxes/${name}`;
    const [taskId = ''] = await stage.furnish(executorId, spec);
    await stage.bind(executorId);
    await vi.waitFor(
      async () => expect(await stage.task(executorId, taskId)).toMatchObject({ state: 'running' }),
      PATIENCE,
    );
    return { executorId, taskId };
  };
  const open = async (
    { executorId, taskId }: typeof idle,
    request: Omit<SessionRequest, 'id'>,
    signal?: AbortSignal,
  ): Promise<Session> => {
    const { handle } = await stage.taskport.compositions.open(executorId);
    return stage.taskport.compositions.session(handle, { id: taskId, ...request }, { signal });
  };
  const exec = (...args: string[]): Promise<Session> => open(idle, { kind: 'exec', args });
  /** All output of a session, and its end. */
  const outcome = async (session: Session) => {
    const said = { stdout: '', stderr: '' };
    for await (const { stream, bytes } of session.output()) said[stream] += Buffer.from(bytes).toString();
    return { ...said, end: await session.end };
  };

  it('runs a command in the task’s container, separates its streams, and reports its end', async () => {
    const session = await exec('/bin/sh', '-c', 'echo out; echo err >&2; exit 7');
    expect(session.opened).toMatchObject({ kind: 'exec', attempt: 1, terminal: false, stdin: true });
    expect(await outcome(session)).toEqual({ stdout: 'out\n', stderr: 'err\n', end: { exitCode: 7 } });
  });

  it('passes input to its end, and later output', async () => {
    const session = await exec('/bin/sh', '-c', 'cat; echo over');
    await session.write(Buffer.from('hello\n'));
    await session.endInput();
    expect(await outcome(session)).toMatchObject({ stdout: 'hello\nover\n', end: { exitCode: 0 } });
  });

  it('reports the engine’s message about a missing command', async () => {
    const { stdout, stderr, end } = await outcome(await exec('/bin/nope'));
    expect(`${stdout}${stderr}${JSON.stringify(end)}`).toMatch(/nope/);
    expect(end).not.toEqual({ exitCode: 0 });
  });

  it('carries 40 MB both ways byte for byte, although the reader pauses', async () => {
    const session = await exec('/bin/cat');
    const part = randomBytes(10 ** 6);
    const sent = createHash('sha256');
    const giving = (async () => {
      for (let parts = 0; parts < 40; parts += 1) {
        part.writeUInt32BE(parts);
        sent.update(part);
        await session.write(part);
      }
      await session.endInput();
    })();
    const received = createHash('sha256');
    let bytes = 0;
    let hasStopped = false;
    for await (const output of session.output()) {
      received.update(output.bytes);
      bytes += output.bytes.length;
      if (hasStopped || bytes < 2 ** 23) continue;
      hasStopped = true;
      await sleep(1_000);
    }
    await giving;
    expect(bytes).toBe(4 * 10 ** 7);
    expect(received.digest('hex')).toBe(sent.digest('hex'));
    expect(await session.end).toEqual({ exitCode: 0 });
  });

  it('ends with its client, and tells its client if the runner ends', async () => {
    const leaving = new AbortController();
    const left = await open(
      idle,
      { kind: 'exec', args: ['/bin/sh', '-c', 'cat; echo gone >/gone'] },
      leaving.signal,
    );
    await left.write(Buffer.from('here'));
    for await (const { bytes } of left.output()) if (Buffer.from(bytes).toString() === 'here') break;
    await expect(left.end).rejects.toThrow('not read to its end');
    leaving.abort();
    const isGone = async () => (await outcome(await exec('/bin/cat', '/gone'))).stdout;
    await expect.poll(isGone, PATIENCE).toBe('gone\n');
    const [state, doomed] = [await stage.place('doomed'), 'executor://doomed/mortal'];
    const mortal = await stage.startRunner('doomed', state);
    const [taskId = ''] = await stage.furnish(doomed, sh(WAITS));
    await stage.bind(doomed);
    const running = async () => (await stage.task(doomed, taskId))?.state;
    await expect.poll(running, PATIENCE).toBe('running');
    const held = await open({ executorId: doomed, taskId }, { kind: 'exec', args: ['/bin/cat'] });
    await held.write(Buffer.from('x'));
    const told = (async () => {
      for await (const _ of held.output()) mortal.child.kill('SIGKILL');
      return held.end;
    })();
    expect(await told).toEqual({ failed: 'the runner of the task is gone' });
  });

  it('leaves nothing in the runner, even if its command reads no input', async () => {
    const before = engineConnections(runner);
    const leaving = new AbortController();
    const silent = { kind: 'exec', args: ['/bin/sleep', '1000'] } as const;
    const crowd = await Promise.all(Array.from({ length: 8 }, () => open(idle, silent, leaving.signal)));
    // More than all buffers in between, until no write succeeds.
    for (const session of crowd)
      void (async () => {
        for (let parts = 0; parts < 8; parts += 1) await session.write(Buffer.alloc(2 ** 20));
      })().catch(() => {});
    const held = (): number => engineConnections(runner) - before;
    await expect.poll(held, PATIENCE).toBeGreaterThanOrEqual(crowd.length);
    await sleep(500);
    leaving.abort();
    await expect.poll(held, PATIENCE).toBeLessThanOrEqual(0);
  });

  it('attaches to a task that permits it, whose input stays open or closes when the client leaves', async () => {
    const echo = (interaction: TaskSpec['interaction']): TaskSpec => ({
      process: { args: ['/bin/sh', '-c', 'cat; echo closed; sleep 1'] },
      interaction: { attach: true, ...interaction },
    });
    const refused = await running('deaf', { ...sh(WAITS), interaction: { openStdin: true } });
    await expect(open(refused, { kind: 'attach' })).rejects.toMatchObject({ code: 'permission-denied' });
    const mute = await open(await running('mute', { ...sh(WAITS), interaction: { attach: true } }), {
      kind: 'attach',
    });
    expect(mute.opened.stdin).toBe(false);
    mute.close();
    const said = async (session: Session, word: string): Promise<void> => {
      await session.write(Buffer.from(`${word}\n`));
      for await (const { bytes } of session.output()) if (Buffer.from(bytes).toString().includes(word)) break;
    };
    const kept = await running('kept', echo({ openStdin: true }));
    for (const word of ['one', 'two']) await said(await open(kept, { kind: 'attach' }), word);
    expect(await stage.task(kept.executorId, kept.taskId)).toMatchObject({ state: 'running' });
    const once = await running('once', echo({ openStdin: true, stdinOnce: true }));
    const first = await open(once, { kind: 'attach' });
    await first.write(Buffer.from('last\n'));
    await first.endInput();
    expect(await outcome(first)).toMatchObject({ stdout: 'last\nclosed\n', end: { exitCode: 0 } });
    const left = await running('left', echo({ openStdin: true, stdinOnce: true }));
    await said(await open(left, { kind: 'attach' }), 'leaves');
    const state = async () => (await stage.task(left.executorId, left.taskId))?.state;
    await expect.poll(state, PATIENCE).toBe('exited');
  });

  it('appears in the audit trail: who, when, how long, which command, but no input', async () => {
    const { executorId, taskId } = await running('trail', sh(WAITS));
    const session = await open(
      { executorId, taskId },
      { kind: 'exec', args: ['/bin/sh', '-c', 'cat; exit 3'] },
    );
    await session.write(Buffer.from('a secret'));
    await session.endInput();
    await outcome(session);
    const trail = async () => {
      const entries: { action: string }[] = [];
      for await (const entry of stage.taskport.elements.audit(taskId))
        entries.push(entry as { action: string });
      return entries.filter(({ action }) => action === 'Began' || action === 'Ended');
    };
    await vi.waitFor(async () => expect(await trail()).toHaveLength(2), PATIENCE);
    const entries = await trail();
    const told = (await stage.run(['audit', taskId])).out;
    expect(told).toMatch(
      / Began .* exec \/bin\/sh -c "cat; exit 3"\n.* Ended .* 3 .* exec, completed after \d+ s\n/,
    );
    const { session: id } = session.opened;
    expect(entries).toMatchObject([
      {
        action: 'Began',
        actor: 'local',
        attempt: 1,
        session: { id, kind: 'exec', args: ['/bin/sh', '-c', 'cat; exit 3'] },
      },
      { action: 'Ended', actor: 'local', session: { id }, how: 'completed', exitCode: 3 },
    ]);
    expect(JSON.stringify(entries)).not.toContain('secret');
  });

  it('reports why it is impossible', async () => {
    const { executorId, taskId } = idle;
    const { handle } = await stage.taskport.compositions.open(executorId);
    const asked = (request: object) =>
      stage.taskport.compositions.session(handle, { id: taskId, kind: 'exec', args: ['true'], ...request });
    await expect(asked({ id: 'task://jobs/absent' })).rejects.toMatchObject({ code: 'not-joined' });
    await expect(asked({ id: 'image://library/base' })).rejects.toMatchObject({ code: 'invalid-request' });
    await expect(asked({ args: undefined })).rejects.toThrow(/args: is required for `exec`/);
    await expect(asked({ args: ['x'.repeat(20_000)] })).rejects.toThrow(/args: has more than/);
    await expect(asked({ size: { columns: 0, rows: 1 } })).rejects.toThrow(/size.columns/);
    await stage.place('empty');
    const lone = 'executor://empty/lone';
    const [loneTask = ''] = await stage.furnish(lone, sh(WAITS));
    const unbound = await stage.taskport.compositions.open(lone);
    const ask = (at: string) =>
      stage.taskport.compositions.session(at, { id: loneTask, kind: 'exec', args: ['true'] });
    await expect(ask(unbound.handle)).rejects.toMatchObject({ code: 'not-bound' });
    await stage.bind(lone);
    await expect(ask(unbound.handle)).rejects.toMatchObject({ code: 'stale-handle' });
    const bound = await stage.taskport.compositions.open(lone);
    await expect(ask(bound.handle)).rejects.toMatchObject({ code: 'invalid-state' });
    await stage.taskport.elements.report(lone, loneTask, {
      attempt: 1,
      state: 'running',
      at: new Date().toISOString(),
    });
    await expect(ask(bound.handle)).rejects.toThrow(/no runner has the tasks of empty/);
  });

  it('works as a command in a pipe, with its exit code', async () => {
    const ran = await stage.run(
      ['exec', '-i', 'boxes/idle', 'idle-1', '--', '/bin/sh', '-c', 'cat; exit 5'],
      {
        input: Buffer.from([0, 255, 1]),
      },
    );
    expect(ran).toMatchObject({ code: 5, bytes: Buffer.from([0, 255, 1]), err: '' });
    const refused = await stage.run(['attach', 'boxes/idle', 'idle-1']);
    expect(refused).toMatchObject({ code: 1, err: expect.stringContaining('interaction.attach') });
    const piped = await stage.run(['exec', '-it', 'boxes/idle', 'idle-1', '--', 'sh']);
    expect(piped).toMatchObject({ code: 2, err: expect.stringContaining('the input device is not a TTY') });
    expect(await stage.run(['exec', '-t', 'boxes/idle', '--', 'tty'])).toMatchObject({
      code: 0,
      out: expect.stringContaining('/dev/pts/'),
    });
  });

  it('uses the only task, the only bound task, or the named one', async () => {
    const say = (...words: string[]) => stage.run(['exec', ...words]);
    const idle = { executorLocation: ['--executor-location', 'boxes'] };
    for (const words of [
      ['boxes/idle', '--', 'echo', 'here'],
      ['boxes/idle', 'echo', 'here'],
      ['boxes/idle', 'idle-1', 'echo', 'here'],
      ['boxes/idle', 'jobs/idle-1', '--', 'echo', 'here'],
      ['boxes/idle', 'task://jobs/idle-1', '--', 'echo', 'here'],
      [...idle.executorLocation, 'idle', '--', 'echo', 'here'],
    ])
      expect(await say(...words)).toMatchObject({ code: 0, out: 'here\n', err: '' });
    const [first = '', second = ''] = await stage.furnish('executor://boxes/pair', sh(WAITS), sh(WAITS));
    expect(await say('boxes/pair', '--', 'true')).toMatchObject({
      code: 2,
      err: expect.stringContaining('boxes/pair has several tasks; name one after it: pair-1, pair-2'),
    });
    for (const id of ['image://library/base', 'log://output/all', first])
      await stage.bind('executor://boxes/pair', id);
    const only = await say('boxes/pair', '--', 'echo', 'of the bound one');
    expect(only).toMatchObject({ code: 0, out: 'of the bound one\n' });
    await stage.bind('executor://boxes/pair', second);
    expect(await say('boxes/pair', 'pair-2', '--', 'echo', 'two')).toMatchObject({ code: 0, out: 'two\n' });
    const wrong = await say('boxes/pair', 'pair-3', '--', 'true');
    expect(wrong).toMatchObject({ code: 2, err: expect.stringContaining('name one of pair-1, pair-2') });
    const nothing = await say('-i', 'boxes/idle');
    expect(nothing).toMatchObject({ code: 2, err: expect.stringContaining('the command is missing') });
    const late = await say('boxes/idle', '-it', '--', 'sh');
    expect(late).toMatchObject({ code: 2, err: expect.stringContaining('taskport exec -it boxes/idle --') });
    const env = await say('-e', 'A=1', 'boxes/idle', '--', 'env');
    expect(env).toMatchObject({ code: 2, err: expect.stringContaining('`-- env A=1 <command>` sets it') });
  });

  describe('with a new run', () => {
    const image = 'library/base';
    const start = (...words: string[]) => ['run', '--executor-location', 'boxes', ...words];
    /** The options that a caller who knows its name sees. */
    const policyOf = async (name: string) => {
      const task = await stage.task(`executor://boxes/${name}`, `executor://boxes/${name}/tasks/main`);
      const { interaction, process } = (task?.spec ?? {}) as TaskSpec;
      return { interaction, terminal: process?.terminal };
    };

    it('passes input to its end, ends with its code, and leaves nothing behind with --rm', async () => {
      const bytes = randomBytes(3_000_000);
      const ran = await stage.run(
        start('-i', '--rm', '--name', 'piped', image, '--', '/bin/sh', '-c', 'cat; exit 5'),
        { input: bytes },
      );
      expect(ran).toMatchObject({ code: 5, err: '' });
      expect(ran.bytes.equals(bytes)).toBe(true);
      expect((await stage.run(['executor', 'show', 'boxes/piped'])).code).toBe(1);
    });

    it('shows all output of a task that writes much, or ends, before anybody could attach', async () => {
      const much = await stage.run(
        start('-i', image, '--', '/bin/sh', '-c', 'head -c 3000000 /dev/zero; echo gone'),
      );
      expect(much).toMatchObject({ code: 0, err: '' });
      expect(much.bytes.length).toBe(3_000_000 + 'gone\n'.length);
      const quick = await stage.run(start('-i', image, '--', '/bin/printf', '\\377\\0unended'));
      expect(quick).toMatchObject({ code: 0, bytes: Buffer.from('\xff\0unended', 'latin1'), err: '' });
    });

    it('is created like in Docker', async () => {
      const told: Record<string, unknown> = {};
      for (const [name, flags] of Object.entries({ i: ['-i'], t: ['-t'], dit: ['-dit'], none: [] })) {
        await stage.run(start(...flags, '--name', `made-${name}`, image, '--', 'true'));
        told[name] = await policyOf(`made-${name}`);
      }
      const attached = { attach: true, stdinOnce: true };
      expect(told).toEqual({
        i: { interaction: { ...attached, openStdin: true }, terminal: undefined },
        t: { interaction: attached, terminal: true },
        dit: { interaction: { attach: true, openStdin: true }, terminal: true },
        none: { interaction: undefined, terminal: undefined },
      });
    });

    it('starts as soon as the task runs', async () => {
      await stage.run(start('-d', '--name', 'soon', image, '--', '/bin/sh', '-c', WAITS));
      const here = await stage.run(['exec', 'boxes/soon', '--', 'echo', 'here']);
      expect(here).toMatchObject({ code: 0, out: 'here\n', err: '' });
    });

    it('reports impossible options before it creates anything', async () => {
      const noTerminal = await stage.run(start('-it', '--name', 'never', image, '--', 'sh'));
      expect(noTerminal).toMatchObject({
        code: 2,
        err: expect.stringContaining('the input device is not a TTY'),
      });
      const again = await stage.run(start('-i', '--restart', 'always', '--name', 'never', image, 'sh'));
      expect(again).toMatchObject({ code: 2, err: expect.stringContaining('--restart') });
      expect((await stage.run(['executor', 'show', 'boxes/never'])).code).toBe(1);
      const failed = await stage.run(start('-i', image, '--', '/bin/none'));
      expect(failed).toMatchObject({ code: 125, err: expect.stringContaining('launch-error') });
    });
  });

  const noTerminal = spawnSync('script', ['--version']).error
    ? 'there is no `script` (util-linux)'
    : undefined;

  describe.skipIf(noTerminal)(titled('at a terminal', noTerminal), () => {
    /** Starts a command in a pseudo-terminal of 30 lines and 100 characters; it first prints the name of the terminal. */
    const start = (...args: readonly string[]) => {
      const command = [process.execPath, COMMAND, ...args].join(' ');
      const { PATH, HOME } = process.env;
      const child = spawn('script', ['-qec', `tty; stty rows 30 cols 100; exec ${command}`, '/dev/null'], {
        env: { PATH, HOME, TASKPORT_URL: stage.url, TERM: 'xterm' },
        stdio: ['pipe', 'pipe', 'inherit'],
      });
      let shown = '';
      child.stdout.setEncoding('utf8').on('data', (text: string) => {
        shown += text;
      });
      const type = (keys: string) => child.stdin.write(keys);
      const shows = (text: string | RegExp) => vi.waitFor(() => expect(shown).toMatch(text), PATIENCE);
      return {
        type,
        shows,
        /** Waits in a shell for its terminal size, which a new terminal gets a little later. */
        hasSize: (rows: number, columns: number) => {
          type(
            `until [ "$(stty size)" = "${rows} ${columns}" ]; do sleep 0.05; done; echo si""zed-${rows}\r`,
          );
          return shows(`sized-${rows}`);
        },
        resize: (rows: number, columns: number) => {
          const [terminal = ''] = /\/dev\/\S+/.exec(shown) ?? [];
          spawnSync('stty', ['-F', terminal, 'rows', String(rows), 'cols', String(columns)]);
        },
        ended: once(child, 'close').then(([code]) => code as number),
      };
    };

    it('follows the size of the terminal, and interrupts the program there', async () => {
      const terminal = start('exec', '-it', 'boxes/idle', 'idle-1', '--', '/bin/sh');
      await terminal.shows('# ');
      await terminal.hasSize(30, 100);
      terminal.resize(40, 120);
      await terminal.hasSize(40, 120);
      terminal.type('echo sta""rted; sleep 1000\r');
      await terminal.shows(/started/);
      terminal.type('\x03');
      terminal.type('echo code-$?-\r');
      await terminal.shows(/code-130-/);
      terminal.type('exit 3\r');
      expect(await terminal.ended).toBe(3);
    });

    it('attaches to a task with a terminal, and leaves it running', async () => {
      const shell: TaskSpec = {
        process: { args: ['/bin/sh'], terminal: true },
        interaction: { attach: true, openStdin: true },
      };
      const { executorId, taskId } = await running('shell', shell);
      const first = start('attach', executorId, taskId);
      await first.shows(/\/dev\//);
      first.type('echo $((6 * 7))\r');
      await first.shows(/42/);
      first.type('\x10\x11');
      expect(await first.ended).toBe(0);
      await first.shows(/it runs on, and `taskport attach boxes\/shell` comes back to it/);
      expect(await stage.task(executorId, taskId)).toMatchObject({ state: 'running' });
      const second = start('attach', executorId);
      await second.shows(/\/dev\//);
      second.type('exit 9\r');
      expect(await second.ended).toBe(9);
    });

    it('edits a file in vi, which follows the size of the terminal', async () => {
      const { executorId } = idle;
      const terminal = start('exec', '-it', executorId, '--', 'vi', '/edited');
      await terminal.shows('\x1b[30;1H');
      terminal.type('i');
      await terminal.shows('I /edited');
      terminal.type('first line');
      await terminal.shows('first line');
      // It redraws at the new size, and continues.
      terminal.resize(20, 60);
      await terminal.shows('\x1b[20;1H');
      terminal.type('\rsecond line');
      await terminal.shows('second line');
      terminal.type('\x1b');
      await terminal.shows('- /edited [Modified] 2/2');
      terminal.type(':wq\r');
      expect(await terminal.ended).toBe(0);
      expect(await outcome(await exec('/bin/cat', '/edited'))).toMatchObject({
        stdout: 'first line\nsecond line\n',
      });
    });

    it('leaves a command running, and the command continues', async () => {
      const terminal = start('exec', '-it', 'boxes/idle', '--', '/bin/sh');
      await terminal.shows('# ');
      terminal.type('while ! [ -e /over ]; do sleep 0.05; done; echo went on >/after; exit\r');
      // The engine may drop what the shell has not read when the keys to detach arrive.
      await terminal.shows('>/after; exit');
      terminal.type('\x10\x11');
      expect(await terminal.ended).toBe(0);
      await terminal.shows(/detached: the command keeps running/);
      await outcome(await exec('/bin/touch', '/over'));
      const after = async () => (await outcome(await exec('/bin/cat', '/after'))).stdout;
      await expect.poll(after, PATIENCE).toBe('went on\n');
    });

    it('starts with `run -it`: from the first prompt to the exit code', async () => {
      const words = ['--executor-location', 'boxes', '--name', 'shown', 'library/base', '--', '/bin/sh'];
      const first = start('run', '-it', '--rm', ...words);
      await first.shows(/built-in shell[\s\S]*# /);
      await first.hasSize(30, 100);
      first.type('stty -opost; printf "down\\nward"; stty opost\r');
      await first.shows(/down\nward/);
      first.type('echo sta""rted; sleep 1000\r');
      await first.shows(/started/);
      first.type('\x03');
      first.type('echo code-$?-\r');
      await first.shows(/code-130-/);
      first.type('\x10\x11');
      expect(await first.ended).toBe(0);
      await first.shows(/`taskport attach boxes\/shown` comes back/);
      const second = start('attach', 'boxes/shown', 'main');
      await second.shows(/\/dev\//);
      second.type('exit 9\r');
      expect(await second.ended).toBe(9);
    });
  });
});
