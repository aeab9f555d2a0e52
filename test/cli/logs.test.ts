import { appendFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openServiceSink } from '../../cli/logs/service-log.ts';
import { Taskport } from '../../client/taskport.ts';
import type { Report } from '../../lib/composition/report-request.ts';
import { PATIENCE } from '../patience.ts';
import { type Run, startCommandLine } from './command-line.ts';

const directory = mkdtempSync(join(tmpdir(), 'taskport-cli-logs-'));
let run: Run;
let stop: () => Promise<void>;
let taskport: Taskport;
beforeAll(async () => {
  const started = await startCommandLine();
  ({ run, stop } = started);
  taskport = new Taskport({ url: started.url });
  for (const kind of ['image', 'task', 'executor'] as const)
    await taskport.locations.create({ name: `${kind}s`, kind });
  await taskport.elements.create({ id: 'image://images/root' });
  await taskport.elements.create({ id: 'task://tasks/one', spec: { process: { args: ['/bin/true'] } } });
});
afterAll(async () => {
  await stop();
  rmSync(directory, { recursive: true });
});

let made = 0;
/** An executor with a bound task, and a file for its output. */
const prepare = async () => {
  made += 1;
  const executorId = `executor://executors/box-${made}`;
  const file = join(directory, `${made}.log`);
  await taskport.elements.create({ id: executorId });
  let { handle } = await taskport.compositions.open(executorId);
  ({ handle } = await taskport.compositions.join(handle, {
    id: 'image://images/root',
    mount: { path: '/' },
  }));
  ({ handle } = await taskport.compositions.join(handle, { id: 'task://tasks/one' }));
  await taskport.compositions.bind(handle);
  const taskId = 'task://tasks/one';
  let seconds = 0;
  const stamp = (): string => new Date(1_800_000_000_000 + 1000 * seconds++).toISOString();
  const write = (stream: string, text: string, attempt = 1): void =>
    appendFileSync(
      file,
      `${JSON.stringify({ at: stamp(), executor: executorId, task: taskId, attempt, stream, text })}\n`,
    );
  const output = { stdout: pathToFileURL(file).href, stderr: pathToFileURL(file).href };
  const start = (attempt = 1) =>
    taskport.elements.report(executorId, taskId, { attempt, state: 'running', output, at: stamp() });
  const end = (attempt = 1) =>
    taskport.elements.report(executorId, taskId, { attempt, state: 'exited', exitCode: 0, at: stamp() });
  /** Reports without the place of the output. */
  const silent = (report: Pick<Report, 'state' | 'launchError'>) =>
    taskport.elements.report(executorId, taskId, { attempt: 1, at: stamp(), ...report });
  /** Stores output in the service: answers a function that writes a line. */
  const keep = async () => {
    const attempt = { executorId, taskId, attempt: 1 };
    const sink = await openServiceSink(taskport, attempt, 'stdout', undefined);
    const at = stamp();
    await taskport.elements.report(executorId, taskId, {
      attempt: 1,
      state: 'running',
      output: { stdout: sink.uri },
      at,
    });
    return (text: string) => {
      const written = stamp();
      return sink.write([{ at: written, text, mark: written }]);
    };
  };
  return { box: `executors/box-${made}`, write, start, end, silent, keep };
};

describe('the output of a task', () => {
  it('is printed, with its errors on standard error, and as JSON in the order of its writes', async () => {
    const { box, write, start } = await prepare();
    await start();
    write('stdout', 'one');
    write('stderr', 'oh');
    write('stdout', 'two');
    const shown = await run(['logs', box, 'tasks/one']);
    expect(shown).toMatchObject({ code: 0, out: 'one\ntwo\n', err: 'oh\n' });
    const machines = await run(['logs', box, 'tasks/one', '--json']);
    expect(machines.json.map(({ stream, text }) => `${stream} ${text}`)).toEqual([
      'stdout one',
      'stderr oh',
      'stdout two',
    ]);
    expect((await run(['logs', box, 'tasks/one', '--stream', 'stderr'])).out).toBe('');
  });

  it('is that of the latest attempt, or of the given one', async () => {
    const { box, write, start, end } = await prepare();
    await start();
    write('stdout', 'first');
    await end();
    await start(2);
    write('stdout', 'second', 2);
    expect((await run(['logs', box, 'tasks/one'])).out).toBe('second\n');
    expect((await run(['logs', box, 'tasks/one', '--attempt', '1'])).out).toBe('first\n');
  });

  it('is followed to the last line of the task', async () => {
    const { box, write, start, end } = await prepare();
    await start();
    let heard = '';
    const following = run(['logs', box, 'tasks/one', '--follow'], {
      onOut: (text) => {
        heard += text;
      },
    });
    write('stdout', 'while it runs');
    await expect.poll(() => heard).toBe('while it runs\n');
    write('stdout', 'the last');
    await end();
    expect(await following).toMatchObject({ code: 0, out: 'while it runs\nthe last\n' });
  });

  it('is followed until the user interrupts it', async () => {
    const { box, write, start } = await prepare();
    await start();
    const interruption = new AbortController();
    const following = run(['logs', box, 'tasks/one', '--follow'], {
      signal: interruption.signal,
      onOut: () => interruption.abort(),
    });
    write('stdout', 'enough');
    expect(await following).toMatchObject({ code: 130, out: 'enough\n', err: '' });
  });

  it('is reported as missing if no report names its place', async () => {
    const { box } = await prepare();
    const { code, err } = await run(['logs', box, 'tasks/one']);
    expect(code).toBe(1);
    expect(err).toMatch(/^taskport: no report names task:\/\/tasks\/one\n$/);
  });
});

describe('output in the service', () => {
  it('is printed from any place, from its end on request, and followed to the end of the task', async () => {
    const { box, keep, end } = await prepare();
    const write = await keep();
    for (const text of ['one', 'two', 'three']) await write(text);
    expect(await run(['logs', box, 'tasks/one'])).toMatchObject({
      code: 0,
      out: 'one\ntwo\nthree\n',
      err: '',
    });
    expect(await run(['logs', box, 'tasks/one', '--tail', '2'])).toMatchObject({ out: 'two\nthree\n' });
    let heard = '';
    const following = run(['logs', box, 'tasks/one', '--follow', '--tail', '1'], {
      onOut: (text: string) => {
        heard += text;
      },
    });
    await expect.poll(() => heard, PATIENCE).toBe('three\n');
    await write('four');
    await end();
    expect(await following).toMatchObject({ code: 0, out: 'three\nfour\n' });
  });

  it('is printed from its end if it is a file', async () => {
    const { box, write, start } = await prepare();
    await start();
    write('stdout', 'one');
    write('stderr', 'oh');
    write('stdout', 'two');
    const tail = ['logs', box, 'tasks/one', '--tail'];
    expect(await run([...tail, '2'])).toMatchObject({ out: 'two\n', err: 'oh\n' });
    expect(await run([...tail, '0'])).toMatchObject({ code: 0, out: '', err: '' });
    expect(await run([...tail, 'all'])).toMatchObject({ out: 'one\ntwo\n', err: 'oh\n' });
  });
});

describe('the reason of missing output', () => {
  it('is that no report names its place', async () => {
    const { box, silent } = await prepare();
    await silent({ state: 'running' });
    const { code, err } = await run(['logs', box, 'tasks/one']);
    expect(code).toBe(1);
    expect(err).toBe('taskport: no report says where the output of attempt 1 of task://tasks/one is\n');
  });

  it('is that the attempt never started', async () => {
    const { box, silent } = await prepare();
    await silent({ state: 'failed', launchError: 'exec: "/bin/tru": no such file' });
    expect(await run(['logs', box, 'tasks/one'])).toMatchObject({
      code: 1,
      err: expect.stringMatching(
        /^taskport: attempt 1 of task:\/\/tasks\/one: not started: the program \/bin\/tru is not .* \(launch-error: exec: "\/bin\/tru": no such file\)\n$/,
      ),
    });
  });

  it.each(['logs', 'reports'])('is that the task is not joined, to who asks for %s', async (command) => {
    const { box } = await prepare();
    expect(await run([command, box, 'tasks/onne'])).toMatchObject({
      code: 1,
      out: '',
      err: expect.stringMatching(
        /^taskport: not-joined: task:\/\/tasks\/onne is not joined to executor:\/\/executors\/box-\d+, .*\n/,
      ),
    });
    expect((await run([command, box, 'tasks/onne', '--json'])).err).toContain('"code":"not-joined"');
    if (command === 'reports')
      expect(await run([command, box, 'tasks/one'])).toMatchObject({ code: 0, out: '', err: 'none\n' });
  });
});

describe('a run that does not exist', () => {
  beforeAll(() => taskport.locations.create({ name: 'machines', kind: 'executor' }));
  const commands = [
    ...[['logs'], ['reports'], ['stop'], ['kill'], ['restart'], ['start'], ['wait'], ['rm'], ['attach']],
    ['exec', '--', 'true'],
  ];
  for (const [command = '', ...rest] of commands)
    it(`is no reason to create it: \`${command}\` says what lists the runs`, async () => {
      for (const [text, why] of [
        ['nosuch', 'no run machines/nosuch: `taskport ps --all` lists them'],
        [
          'executors/nosuch',
          'no run executors/nosuch: `taskport ps --all --executor-location executors` lists them',
        ],
        [
          'nowhere/nosuch',
          'no run nowhere/nosuch, because there is no location nowhere: `taskport location list` lists them',
        ],
      ] as const)
        expect(await run([command, text, ...rest])).toMatchObject({
          code: 1,
          err: expect.stringContaining(`: there is ${why}\n`),
        });
    });
});

it('prints the reports, with the end', async () => {
  const { box, start, end } = await prepare();
  await start();
  await end();
  const { out } = await run(['reports', box, 'tasks/one']);
  expect(
    out
      .trim()
      .split('\n')
      .map((row) => row.split(/ {2,}/).toSpliced(2, 1)),
  ).toEqual([
    ['ATTEMPT', 'STATE', 'CODE', 'LEFT', 'NEXT', 'REASON'],
    ['1', 'running', '-', '-', '-', '-'],
    ['1', 'exited', '0', '-', '-', 'completed'],
  ]);
});
