/** Commands for runs while a user interrupts, another caller changes the run, or the service or a runner does not answer. */
import { EventEmitter } from 'node:events';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Taskport } from '../../client/taskport.ts';
import type { ReportRequest } from '../../lib/composition/report-request.ts';
import { PATIENCE } from '../patience.ts';
import { type Run, runAgainst, startCommandLine } from './command-line.ts';
import { startRecordingProxy } from './recording-proxy.ts';

let run: Run;
let through: Run;
let taskport: Taskport;
let proxy: Awaited<ReturnType<typeof startRecordingProxy>>;
let stop: () => Promise<void>;
beforeAll(async () => {
  const started = await startCommandLine();
  ({ run, stop } = started);
  taskport = new Taskport({ url: started.url });
  proxy = await startRecordingProxy(started.url);
  through = runAgainst(proxy.url);
  const kinds = { images: 'image', volumes: 'volume', machines: 'executor', served: 'executor' } as const;
  for (const [name, kind] of Object.entries(kinds)) await taskport.locations.create({ name, kind });
  await run(['image', 'create', 'images/root', '--ro', 'registry/image=docker.io/library/alpine:3.20']);
  // The test acts as the runner.
  await taskport.runners.claim('served', { engine: 'engine', runner: 'test', epoch: 0 });
});
afterAll(async () => {
  proxy.stop();
  await stop();
});

const COMMAND = ['images/root', 'true'];
/** A run that waits for a runner. */
const detach = async (name: string, ...flags: string[]): Promise<void> => {
  expect(await run(['run', '--detach', '--name', name, ...flags, ...COMMAND])).toMatchObject({ code: 0 });
};
const membersOf = async (name: string) =>
  (await taskport.elements.read(`executor://${name}`)).composition?.members ?? [];
const taskOf = async (name: string) => (await membersOf(name)).find(({ task }) => task);
const report = (name: string, said: Omit<ReportRequest, 'attempt' | 'at'>) =>
  taskport.elements.report(`executor://${name}`, `executor://${name}/tasks/main`, {
    attempt: 1,
    at: new Date().toISOString(),
    ...said,
  } as ReportRequest);
const begin = (name: string) => report(name, { state: 'running' });
const end = (name: string, exitCode: number) => report(name, { state: 'exited', exitCode });

it('removes no run that another caller started meanwhile', async () => {
  await detach('again');
  await run(['stop', 'again']);
  const start = async () => void (await run(['start', 'again']));
  const pruned = await run(['prune'], {
    input: async () => {
      await start();
      return Buffer.from('y\n');
    },
  });
  expect(pruned).toMatchObject({ code: 1, out: '' });
  expect(pruned.err).toContain('machines/again was started again, and stays');
  expect(await taskOf('machines/again')).toMatchObject({ bound: true });

  await run(['stop', 'again']);
  proxy.before('POST /v1/compositions', start);
  expect(await through(['rm', 'again'])).toMatchObject({
    code: 1,
    out: '',
    err: expect.stringContaining('machines/again runs: `taskport stop machines/again` first'),
  });
  expect(await taskOf('machines/again')).toMatchObject({ bound: true });
});

describe('a run that the user interrupts', () => {
  /** Runs through the proxy, and interrupts before a call; as in the process, a signal that no listener takes ends the command. */
  const interrupt = (call: string | RegExp, count: number, ...words: string[]) => {
    const signals = new EventEmitter();
    const ended = new AbortController();
    proxy.before(call, async () => {
      for (let sent = 0; sent < count; sent += 1)
        if (!signals.emit('signal', 'SIGINT')) ended.abort(new DOMException('SIGINT', 'AbortError'));
    });
    return through(['run', '--executor-location', 'served', ...words, ...COMMAND], {
      signals,
      signal: ended.signal,
    });
  };

  it('during the creation of its executor does not start, and is named', async () => {
    const stopped = await interrupt('POST /v1/compositions', 1, '--name', 'early');
    expect(stopped).toMatchObject({
      code: 130,
      err: 'taskport: served/early was stopped before it started\n',
    });
    expect(await taskOf('served/early')).toMatchObject({ bound: false, task: { state: 'created' } });
  });

  it('with --detach prints its name, and does not start', async () => {
    const stopped = await interrupt('POST /v1/compositions', 1, '--detach', '--name', 'apart');
    expect(stopped).toMatchObject({ code: 130, out: 'served/apart\n' });
    expect(await taskOf('served/apart')).toMatchObject({ bound: false });
  });

  it.each([
    ['before its task is bound', /POST \/v1\/compositions\/.*\/sessions/, false],
    ['while its task is bound', /POST \/v1\/compositions\/.*\/bind/, true],
  ])('with --interactive starts nothing %s', async (_, call, isThere) => {
    expect(await interrupt(call, 1, '--interactive', '--name', 'talked')).toMatchObject({ code: 130 });
    expect((await run(['executor', 'show', 'served/talked'])).code).toBe(isThere ? 0 : 1);
    if (isThere) expect(await taskOf('served/talked')).toMatchObject({ bound: false });
  });

  it('three times waits no longer, and names the executor that may exist', async () => {
    const stopped = await interrupt('POST /v1/compositions', 3, '--name', 'unsure');
    expect(stopped).toMatchObject({
      code: 130,
      err: 'taskport: served/unsure may exist now: `taskport rm --force served/unsure` removes it\n',
    });
  });
});

it('ends after the third interruption also if the service is silent', async () => {
  const signals = new EventEmitter();
  const running = through(['run', '--executor-location', 'served', '--name', 'silent', ...COMMAND], {
    signals,
  });
  const isBound = async () => (await taskOf('served/silent').catch(() => undefined))?.bound;
  await expect.poll(isBound, PATIENCE).toBe(true);
  await begin('served/silent');
  const silent: (() => void)[] = [];
  const beSilent = (): Promise<void> => {
    proxy.before(/^GET .*\/runner$/, beSilent);
    for (let sent = 0; sent < 3; sent += 1) signals.emit('signal', 'SIGINT');
    return new Promise((settle) => silent.push(settle));
  };
  proxy.before(/^GET .*\/runner$/, beSilent);
  const told = 'served/silent runs on; `taskport kill served/silent` ends it';
  expect(await running).toMatchObject({ code: 130, err: expect.stringContaining(told) });
  // Without an answer, a call that nobody ends is repeated.
  expect(silent).toHaveLength(1);
  proxy.before('nothing', async () => {});
  for (const answer of silent) answer();
});

it('starts although another caller creates a volume meanwhile', async () => {
  proxy.before('POST /v1/elements', () => run(['volume', 'create', 'volumes/raced']));
  const ran = await through(['run', '--detach', '--name', 'racing', '--volume', 'raced:/data', ...COMMAND]);
  expect(ran).toMatchObject({ code: 0, out: 'machines/racing\n' });
});

it('reports that a location has no runner to end a task', async () => {
  await detach('lonely');
  await begin('machines/lonely');
  let said = '';
  const stopping = run(['stop', 'lonely'], { onErr: (text) => (said += text) });
  await expect
    .poll(() => said, PATIENCE)
    .toMatch(
      /^waiting until the tasks of machines\/lonely have ended; no runner has been seen in machines.*`taskport runner --executor-location machines` starts one\n$/,
    );
  await end('machines/lonely', 0);
  expect(await stopping).toMatchObject({ code: 0, out: 'machines/lonely\n' });
});

it('starts a run again whose volume is not saved yet', async () => {
  const id = 'executor://served/writes';
  const volumeId = 'volume://volumes/written';
  const made = detach('writes', '--executor-location', 'served', '--volume', 'written:/data');
  await expect.poll(() => taskOf('served/writes').catch(() => undefined), PATIENCE).toBeDefined();
  const { attachment = '' } = await taskport.attachments.of(volumeId);
  await taskport.attachments.claim({ executorId: id, volumeId }, { attachment, engine: 'engine' });
  await begin('served/writes');
  await made;
  await end('served/writes', 0);
  expect(await run(['start', 'served/writes'])).toMatchObject({ code: 0, out: 'served/writes\n' });
  expect(await taskOf('served/writes')).toMatchObject({ bound: true, task: { attempt: 2 } });
});

const asked = (call: RegExp) => new Promise<void>((come) => proxy.before(call, async () => come()));

it('names a run if the service cannot open its session', async () => {
  const running = through(['run', '-i', '--executor-location', 'served', '--name', 'held', ...COMMAND]);
  const isBound = async () => (await taskOf('served/held').catch(() => undefined))?.bound;
  await expect.poll(isBound, PATIENCE).toBe(true);
  const opening = asked(/POST .*\/sessions/);
  await begin('served/held');
  await opening;
  const comeBack = proxy.leave();
  expect(await running).toMatchObject({
    code: 3,
    err: expect.stringContaining('served/held may run on: `taskport wait served/held` waits for its end\n'),
  });
  comeBack();
});

it('waits for an end while the service does not answer, and reports that once', async () => {
  const told = { run: '', wait: '', logs: '' };
  const start = async (name: keyof typeof told, call: RegExp, ...words: string[]) => {
    const seen = asked(call);
    const running = through(words, { onErr: (text) => (told[name] += text) });
    await seen;
    return { running };
  };
  const follows = /GET .*\/output.*follow=true/;
  const there = ['--executor-location', 'served'];
  const first = await start('run', follows, 'run', ...there, '--name', 'long', ...COMMAND);
  await begin('served/long');
  const executorId = 'executor://served/other';
  const made = detach('other', ...there);
  await expect.poll(() => taskOf('served/other').catch(() => undefined), PATIENCE).toBeDefined();
  const stdout = taskport.outputs.uri(
    { executorId, taskId: `${executorId}/tasks/main`, attempt: 1 },
    'stdout',
  );
  await report('served/other', { state: 'running', output: { stdout } });
  await made;
  const second = await start('logs', follows, 'logs', '--follow', 'served/other');
  const look = /GET .*\/served\/other\?/;
  const third = await start('wait', look, 'wait', 'served/other');
  // The first look of `wait` finds the tasks; with the next one it waits.
  await asked(look);
  const comeBack = proxy.leave();
  const away = expect.stringMatching(/^taskport: no answer from .*; asks again until it answers\n$/);
  await expect.poll(() => told, PATIENCE).toEqual({ run: away, wait: away, logs: away });
  comeBack();
  await end('served/long', 7);
  await end('served/other', 7);
  expect(await first.running).toMatchObject({ code: 7 });
  expect(await second.running).toMatchObject({ code: 0 });
  expect(await third.running).toMatchObject({ code: 7, out: '7\n' });
  for (const words of Object.values(told)) expect(words.match(/it answers again\n/g)).toHaveLength(1);
});
