/** Commands as Docker users type them, against a service with one runner on an engine. */
import { spawnSync } from 'node:child_process';
import { EventEmitter } from 'node:events';
import { afterAll, beforeAll, describe, expect, inject, it, onTestFinished } from 'vitest';
import { titled } from '../bundle.ts';
import { archiveOf, busyboxTree } from '../busybox.ts';
import { withoutDocker } from '../docker/dockerd.ts';
import { PATIENCE } from '../patience.ts';
import type { RunnerProcess } from '../runner-process.ts';
import { Stage } from './runner.ts';

const without = withoutDocker();

describe.skipIf(without)(titled('commands', without), () => {
  let stage: Stage;
  let runner: RunnerProcess;
  let state: string;
  beforeAll(async () => {
    stage = await Stage.open();
    for (const [name, kind] of [
      ['images', 'image'],
      ['volumes', 'volume'],
    ] as const)
      await stage.taskport.locations.create({ name, kind });
    state = await stage.place('machines');
    runner = await stage.startRunner('machines', state);
  });
  afterAll(() => stage?.close());

  const IMAGE = 'library/base';
  const run: Stage['run'] = (...given) => stage.run(...given);
  const sh = (script: string): string[] => [IMAGE, '--', '/bin/sh', '-c', script];
  const isGone = async (name: string): Promise<boolean> =>
    (await run(['executor', 'show', `machines/${name}`])).code === 1;

  describe('run', () => {
    it('prints the output of the task on both streams, and ends with its code', async () => {
      const ran = await run(['run', ...sh('echo hello; echo oh >&2; exit 7')]);
      expect(ran).toEqual(expect.objectContaining({ code: 7, out: 'hello\n', err: 'oh\n' }));
    });

    it('applies the options of the process, and leaves nothing behind with --rm', async () => {
      const ran = await run(
        [
          ...[
            'run',
            '--rm',
            '--name',
            'told',
            '--env',
            'A=1',
            '--env',
            'B',
            '--env',
            'NOWHERE',
            '--env-file',
            '-',
          ],
          ...[
            '--workdir',
            '/tmp',
            '--user',
            '12:34',
            '--entrypoint',
            '/bin/sh',
            '--memory',
            '64m',
            '--cpus',
            '0.5',
          ],
          ...[IMAGE, '-c', 'echo $A $B $C $(pwd) $(id -u):$(id -g) $0; echo $NOWHERE', 'zero'],
        ],
        { env: { B: '2' }, input: '# of a file\nA=0\nC="3"\n' },
      );
      expect(ran).toMatchObject({ code: 0, out: '1 2 "3" /tmp 12:34 zero\n\n', err: '' });
      expect(await isGone('told')).toBe(true);
    });

    it('ends like a shell after a signal, and gives the reason if it was not its own', async () => {
      expect(await run(['run', ...sh('kill -KILL $$')])).toMatchObject({ code: 137 });
      const late = await run(['run', '--timeout', '1s', ...sh('exec sleep 1000')]);
      expect(late.code).toBe(143);
      expect(late.err).toBe('taskport: stopped: it ran longer than --timeout 1s\n');
    });

    it('ends with 125 and the reason if the task never starts', async () => {
      const missing = await run(['run', 'images/none', 'true']);
      expect(missing).toMatchObject({ code: 125, out: '' });
      expect(missing.err).toContain('image://images/none');
      const wrong = await run(['run', '--name', 'wrong', IMAGE, '/bin/nothing']);
      expect(wrong.code).toBe(125);
      expect(wrong.err).toMatch(
        /^taskport: not started: the program \/bin\/nothing is not in the image\. .* \(launch-error: .*\/bin\/nothing/,
      );
      const nothing = await run(['run', IMAGE]);
      expect(nothing.code).toBe(125);
      expect(nothing.err).toMatch(/^taskport: not started: .*\(launch-error/);
      const taken = await run(['run', '--name', 'wrong', ...sh('true')]);
      expect(taken.code).toBe(125);
      expect(taken.err).toContain('machines/wrong exists already');
    });

    it('runs an image of a registry, through an element that refers to it', async () => {
      const engine = ['-H', inject('dockerHost')];
      const reference = 'localhost:1/tiny:1';
      const change = ['--change', 'CMD ["/bin/echo", "from the image"]'];
      const input = await archiveOf(busyboxTree());
      expect(spawnSync('docker', [...engine, 'import', ...change, '-', reference], { input }).status).toBe(0);
      onTestFinished(() => void spawnSync('docker', [...engine, 'rmi', reference]));
      expect(await run(['run', reference])).toMatchObject({ code: 0, out: 'from the image\n', err: '' });
      expect(await run(['run', reference, 'echo', 'said'])).toMatchObject({ code: 0, out: 'said\n' });
      const { metadata } = await stage.taskport.elements.read('image://images/localhost-1-tiny-1');
      expect(metadata?.ro).toEqual({ 'registry/image': reference });
    });

    it('passes signals on, and ends with the code of the task', async () => {
      const signals = new EventEmitter();
      let heard = '';
      const running = run(
        [
          'run',
          ...sh(
            'trap "echo got it; exit 3" TERM; trap "echo hup" HUP; echo ready; while :; do sleep 1000 & wait; done',
          ),
        ],
        { signals, onOut: (text) => (heard += text) },
      );
      await expect.poll(() => heard, PATIENCE).toBe('ready\n');
      signals.emit('signal', 'SIGHUP');
      await expect.poll(() => heard, PATIENCE).toBe('ready\nhup\n');
      signals.emit('signal', 'SIGTERM');
      expect(await running).toMatchObject({ code: 3, out: 'ready\nhup\ngot it\n' });
    });

    it('keeps writes in a volume for the next run', async () => {
      const write = await run(['run', '--rm', '--volume', 'kept:/data', ...sh('echo one >/data/story')]);
      expect(write).toMatchObject({ code: 0 });
      const read = await run([
        'run',
        '--volume',
        'volumes/kept:/data:ro',
        ...sh('cat /data/story; echo 2 >/data/no'),
      ]);
      expect(read.out).toBe('one\n');
      expect(read.code).toBe(1);
    });

    it('has saved all writes when it ends, for readers and for the next writer', async () => {
      const append = (name: string) =>
        run(['run', '--name', name, '-v', 'diary:/data', ...sh('echo $(hostname) >>/data/pages; exit 5')]);
      expect(await append('writer')).toMatchObject({ code: 5 });
      expect(await append('next')).toMatchObject({ code: 5 });
      const read = await run(['run', '-v', 'diary:/data:ro', ...sh('wc -l </data/pages')]);
      expect(read).toMatchObject({ code: 0, out: '2\n', err: '' });
      expect((await run(['ps', '--all', '--filter', 'name=writer'])).out).toMatch(
        / failed \(code 5\), \d+ \w+ ago$/m,
      );
    });

    it('leaves a slow save to the runner if the user interrupts it', async () => {
      await stage.taskport.locations.create({ name: 'closed', kind: 'volume' });
      const signals = new EventEmitter();
      let said = '';
      const script = 'echo x >/data/x; trap "exit 6" HUP; echo ready; while :; do sleep 1000 & wait; done';
      let heard = '';
      const running = run(['run', '--name', 'stuck', '-v', 'closed/kept:/data', ...sh(script)], {
        signals,
        onOut: (text) => (heard += text),
        onErr: (text) => (said += text),
      });
      await expect.poll(() => heard, PATIENCE).toBe('ready\n');
      // No save succeeds from now on.
      await stage.taskport.locations.update('closed', { policy: 'read-only' });
      await run(['kill', '--signal', 'HUP', 'stuck']);
      await expect.poll(() => said, PATIENCE).toContain('waiting until closed/kept');
      signals.emit('signal', 'SIGINT');
      expect(await running).toMatchObject({
        code: 130,
        err: expect.stringContaining('the runner saves the writes of machines/stuck'),
      });
    });

    it('follows restarts to the last attempt', async () => {
      const ran = await run([
        'run',
        '--name',
        'again',
        '--restart',
        'on-failure:1',
        ...sh('echo try; exit 4'),
      ]);
      expect(ran).toMatchObject({ code: 4, out: 'try\ntry\n' });
      expect(ran.err).toMatch(
        /^taskport: ended with 4, restarts in \d+ s \(1 left\)\ntaskport: gave up after 2 attempts\n$/,
      );
      expect((await run(['ps', '--all', '--filter', 'name=again'])).out).toMatch(/ago; no restarts left$/m);
      expect(await run(['logs', 'again', '--attempt', '1'])).toMatchObject({ out: 'try\n', err: '' });
      expect(await run(['logs', 'again'])).toMatchObject({
        out: 'try\n',
        err: 'attempt 2, the latest; --attempt 1 shows the first\n',
      });
    });
  });

  it('lists, waits for, signals, stops, restarts and removes runs', async () => {
    const made = await run([
      'run',
      '--detach',
      '--name',
      'web',
      ...sh('trap "exit 0" HUP; echo up; while :; do sleep 1000 & wait; done'),
    ]);
    expect(made).toMatchObject({ code: 0, out: 'machines/web\n', err: '' });
    await expect.poll(async () => (await run(['ps'])).out, PATIENCE).toMatch(/machines\/web .* runs for/);
    expect((await run(['ps', '--quiet', '--filter', 'name=web'])).out).toBe('machines/web\n');
    expect(await run(['rm', 'web'])).toMatchObject({
      code: 1,
      err: expect.stringContaining('taskport stop machines/web'),
    });
    // The task handles signals only after this line.
    await expect.poll(async () => (await run(['logs', 'web'])).out, PATIENCE).toBe('up\n');
    const waiting = run(['wait', 'web']);
    expect(await run(['kill', '--signal', 'HUP', 'web'])).toMatchObject({ code: 0, out: 'machines/web\n' });
    expect(await waiting).toMatchObject({ code: 0, out: '0\n' });
    expect(await run(['kill', 'web'])).toMatchObject({ code: 1 });
    expect((await run(['ps', '--filter', 'name=web'])).out).toBe('');
    expect((await run(['ps', '--all', '--filter', 'name=web'])).out).toMatch(/completed, \d+ \w+ ago/);
    expect((await run(['ps', '--last', '1'])).err).toContain('the latest; there are more\n');

    expect(await run(['restart', 'web'])).toMatchObject({ code: 0, out: 'machines/web\n' });
    await expect.poll(async () => (await run(['ps'])).out, PATIENCE).toMatch(/machines\/web +2 +runs for/);
    await expect.poll(async () => (await run(['logs', 'web'])).out, PATIENCE).toBe('up\n');
    expect((await run(['logs', '--timestamps', '--since', '1h', 'machines/web', 'main'])).out).toMatch(
      /^20\S+Z up\n$/,
    );
    expect((await run(['logs', '--since', '2999-01-01T00:00:00Z', 'web'])).out).toBe('');
    expect(await run(['stop', '--time', '0', 'web'])).toMatchObject({ code: 0, out: 'machines/web\n' });
    expect((await run(['ps', '--all', '--filter', 'name=web'])).out).toMatch(/stopped \(signal KILL\)/);

    await run(['run', '--name', 'seven', ...sh('exit 7')]);
    await run(['run', '--name', 'zero', ...sh('true')]);
    const waited = await run(['wait', 'zero', 'nowhere', 'seven', 'web', 'zero']);
    expect(waited).toMatchObject({ code: 7, out: '0\n7\n137\n', err: expect.stringContaining('nowhere') });
    expect(await run(['wait', 'nowhere', 'zero'])).toMatchObject({ code: 1, out: '0\n' });

    const removed = await run(['rm', 'nowhere', 'web']);
    expect(removed).toMatchObject({
      code: 1,
      out: 'machines/web\n',
      err: expect.stringContaining('nowhere'),
    });
    expect(await isGone('web')).toBe(true);
  });

  it('reports unsaved writes of a run without a waiting user, their holder and a remedy', async () => {
    const write = (name: string, word: string) => [
      ...['--name', name, '-v', 'notes:/data', ...sh(`echo ${word} >/data/word`)],
    ];
    const read = () => run(['run', '-v', 'notes:/data:ro', ...sh('cat /data/word')]);
    await run(['run', ...write('before', 'old')]);
    await run(['run', '--detach', ...write('unsaved', 'new')]);
    const hint =
      'the writes to volumes/notes are not saved yet: `taskport stop machines/unsaved` saves them\n';
    expect(await run(['wait', 'unsaved'])).toMatchObject({ code: 0, out: '0\n', err: hint });
    expect(await run(['logs', '--follow', 'unsaved'])).toMatchObject({ code: 0, err: hint });
    const shown = await run(['ps', '--filter', 'name=unsaved']);
    expect(shown.out).toMatch(/completed, \d+ \w+ ago; its writes are not saved$/m);
    expect(shown.err).toBe('`taskport stop machines/unsaved` saves the writes\n');
    expect(await read()).toMatchObject({
      out: 'old\n',
      err: expect.stringContaining(
        'without later writes by machines/unsaved: `taskport stop machines/unsaved` saves them',
      ),
    });
    expect(await run(['run', ...write('third', 'other')])).toMatchObject({
      code: 125,
      err: expect.stringContaining('stop that first by `taskport stop machines/unsaved`'),
    });
    expect(await run(['stop', 'unsaved'])).toMatchObject({ code: 0 });
    expect(await read()).toMatchObject({ out: 'new\n', err: '' });
    expect((await run(['ps', '--filter', 'name=unsaved'])).out).toBe('');
  });

  it('shows the image, the command and the ports of each run in the wide format', async () => {
    // Another run of the suite on this machine has another port; the kernel gives away none of these.
    const port = 20_000 + (process.pid % 10_000);
    const publish = ['--publish', `127.0.0.1:${port}:80`];
    await run(['run', '--detach', '--name', 'wide', ...publish, ...sh('exec sleep 1000')]);
    const wide = async () => (await run(['ps', '--output', 'wide', '--filter', 'name=wide'])).out;
    // `--detach` waits five seconds at most, and only a task that runs has the port.
    await expect.poll(wide, PATIENCE).toMatch(/ runs for/);
    const out = await wide();
    expect(out).toMatch(/^EXECUTOR .* STATUS +IMAGE +COMMAND +PORTS\n/);
    expect(out).toMatch(/ library\/base +\/bin\/sh -c "exec sleep 1000" +127\.0\.0\.1:\d+->80\/tcp$/m);
    expect(out).toContain(`127.0.0.1:${port}->80/tcp`);
    // With and without --detach, the reason of a port in use is the same.
    const refused = [
      125,
      `taskport: not started: port ${port} of the machine is taken already at 127.0.0.1 (launch-error)\n`,
    ];
    const again = async (...how: string[]) => {
      const { code, err } = await run(['run', ...how, ...publish, ...sh('true')]);
      return [code, err];
    };
    expect(await again()).toEqual(refused);
    // It tells the reason if the start fails within these seconds.
    await expect.poll(() => again('--detach'), PATIENCE).toEqual(refused);
    await run(['rm', '--force', 'wide']);
  });

  it('replaces a task that a file changes: it stops, its writes are saved, and it starts again', async () => {
    const said = (script: string) => ({
      input: JSON.stringify({
        ...{ apiVersion: 'taskport/v1', kind: 'Composition', executorId: 'declared', executor: {} },
        members: [
          { id: IMAGE, mount: { path: '/' } },
          { id: 'declared', mount: { path: '/data' } },
          { task: { name: 'main', spec: { process: { args: ['/bin/sh', '-c', script] } } } },
        ],
      }),
    });
    await run(['volume', 'create', 'declared']);
    const first = said(
      'echo one >/data/word; trap "exit 0" TERM; echo up; while :; do sleep 1000 & wait; done',
    );
    expect(await run(['apply', '-f', '-'], first)).toMatchObject({ code: 0, err: '' });
    await expect.poll(async () => (await run(['logs', 'declared'])).out, PATIENCE).toBe('up\n');
    const next = said('cat /data/word');
    expect((await run(['diff', '-f', '-'], next)).out).toMatch(
      /replaces .*\/tasks\/main \(stops and starts again\)$/m,
    );
    expect((await run(['apply', '-f', '-'], next)).code).toBe(0);
    expect(await run(['wait', 'declared'])).toMatchObject({ code: 0 });
    expect((await run(['logs', 'declared'])).out).toBe('one\n');
    expect((await run(['run', '-v', 'declared:/data:ro', ...sh('cat /data/word')])).out).toBe('one\n');
    const pruned = await run(['prune', '--force']);
    expect(pruned.err).toContain(
      'machines/declared: ended too, but `run` did not create it: `taskport rm machines/declared`',
    );
    expect(await run(['start', 'declared'])).toMatchObject({ code: 0, out: 'machines/declared\n' });
    expect(await run(['wait', 'declared'])).toMatchObject({ code: 0 });
    expect((await run(['logs', 'declared', '--attempt', '3'])).out).toBe('one\n');
    await run(['rm', 'declared']);
  });

  it('prunes ended runs, and with force removes running ones', async () => {
    await run(['run', '--name', 'ended', ...sh('true')]);
    await run(['run', '--detach', '--name', 'runs', ...sh('exec sleep 1000')]);
    await stage.furnish('executor://machines/made', { process: { args: ['/bin/true'] } });
    const asked = await run(['prune'], { input: 'n\n' });
    expect(asked).toMatchObject({ code: 1, out: '', err: expect.stringContaining('machines/ended') });
    expect(asked.err).not.toContain('machines/runs');
    const pruned = await run(['prune', '--force']);
    expect(pruned.code).toBe(0);
    expect(pruned.out).toContain('machines/ended\n');
    expect(await isGone('ended')).toBe(true);
    expect(await isGone('made')).toBe(false);
    expect(await run(['rm', '--force', 'runs'])).toMatchObject({ code: 0, out: 'machines/runs\n' });
    expect(await isGone('runs')).toBe(true);
  });

  it('reports at once that there is no runner, and when it goes during a run', async () => {
    await stage.place('empty');
    const refused = await run(['run', '--executor-location', 'empty', ...sh('true')]);
    expect(refused).toMatchObject({ code: 125, out: '' });
    expect(refused.err).toContain('taskport runner --executor-location empty');
    const waits = await run([
      'run',
      '--executor-location',
      'empty',
      '--name',
      'later',
      '--detach',
      ...sh('true'),
    ]);
    expect(waits).toMatchObject({ code: 0, out: 'empty/later\n', err: expect.stringContaining('no runner') });
    const list = () => run(['ps', '--executor-location', 'empty']);
    expect((await list()).out).toMatch(/empty\/later .* (starting|waits for a runner)/);
    await expect.poll(async () => (await list()).out, PATIENCE).toMatch(/empty\/later .* waits for a runner/);
    expect((await list()).err).toContain('taskport runner --executor-location empty');
    expect(await run(['stop', 'empty/none', 'empty/later'])).toMatchObject({ code: 1, out: 'empty/later\n' });
    const there = ['--executor-location', 'empty'];
    expect((await run(['ps', ...there])).out).toBe('');
    expect((await run(['ps', '--all', ...there])).out).toMatch(/empty\/later .* stopped before it started/);
    expect(await run(['wait', ...there, 'later'])).toMatchObject({ code: 125, out: '125\n' });
    expect(await run(['prune', '--force', ...there])).toMatchObject({ code: 0, out: 'empty/later\n' });
    expect((await run(['ps', '--all', ...there])).out).toBe('');

    let said = '';
    const running = run(['run', ...sh('exec sleep 1000')], {
      onErr: (text) => (said += text),
    });
    await expect.poll(async () => (await run(['ps'])).out, PATIENCE).toMatch(/ runs for/);
    await runner.stop();
    await expect.poll(() => said, PATIENCE).toContain('machines has no runner since');
    runner = await stage.startRunner('machines', state);
    await expect.poll(() => said, PATIENCE).toContain('machines has a runner again');
    const [name = ''] = (await run(['ps', '--quiet'])).out.split('\n');
    await run(['kill', name]);
    expect(await running).toMatchObject({ code: 137 });
  });
});
