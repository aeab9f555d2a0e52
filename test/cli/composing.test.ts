import { afterAll, beforeAll, expect, it } from 'vitest';
import { Taskport } from '../../client/taskport.ts';
import type { ReportRequest } from '../../lib/composition/report-request.ts';
import { PATIENCE } from '../patience.ts';
import { type Run, startCommandLine } from './command-line.ts';

let run: Run;
let stop: () => Promise<void>;
let taskport: Taskport;
beforeAll(async () => {
  const started = await startCommandLine();
  ({ run, stop } = started);
  taskport = new Taskport({ url: started.url });
  for (const kind of ['image', 'task', 'volume', 'executor']) {
    await run(['location', 'create', `${kind}s`, '--kind', kind]);
  }
  await run(['image', 'create', 'images/root', '--ro', 'image=docker.io/library/alpine:3.20']);
  await run(['task', 'create', 'tasks/hello', '--spec', '-'], {
    input: '{"process":{"args":["/bin/echo"]}}',
  });
});
afterAll(() => stop());

const report = (box: string, task: string, said: ReportRequest) =>
  taskport.elements.report(`executor://${box}`, `task://${task}`, said);

let made = 0;
const freshExecutor = async (): Promise<string> => {
  made += 1;
  await run(['executor', 'create', `executors/box-${made}`]);
  return `executors/box-${made}`;
};

it('composes an executor by its short name, from join to leave', async () => {
  const box = await freshExecutor();
  expect(
    (await run(['compose', 'join', box, 'image://images/root', '--mount', '/', '--read-only'])).code,
  ).toBe(0);
  const overrides = '{"process":{"cwd":"/tmp"}}';
  await run(['compose', 'join', box, 'task://tasks/hello', '--overrides', '-'], { input: overrides });
  await run(['compose', 'bind', box]);
  const [shown] = (await run(['compose', 'show', box, '--json'])).json;
  expect(shown.composition.members).toMatchObject([
    { id: 'image://images/root', bound: true, mount: { path: '/', readOnly: true } },
    { id: 'task://tasks/hello', bound: true, task: { state: 'bound', spec: { process: { cwd: '/tmp' } } } },
  ]);
  await expect
    .poll(async () => (await run(['audit', 'task://tasks/hello'])).out)
    .toMatch(new RegExp(`Joined .* ${box}`));
  const signalled = await run(['compose', 'interrupt', box, 'tasks/hello', 'HUP', '--json']);
  expect(signalled.json[0].composition.members[1].task.interrupt).toMatchObject({ signal: 'HUP', count: 1 });
  expect((await run(['compose', 'unbind', box])).code).toBe(0);
  await run(['compose', 'leave', box, 'task://tasks/hello']);
  const left = await run(['compose', 'leave', box, 'image://images/root', '--json']);
  expect(left.json[0].composition.members).toEqual([]);
});

it('shows how an image runs, and the origin of each field of a task', async () => {
  const spec = {
    process: { entrypoint: ['/entry'], env: [{ name: 'A', value: '1' }] },
    stop: { signal: 'QUIT' },
  };
  await run(['image', 'create', 'images/app', '--spec', '-'], { input: JSON.stringify(spec) });
  expect((await run(['image', 'show', 'images/app'])).out).toMatch(
    /spec:\n {2}process:\n {4}entrypoint: \["\/entry"\]/,
  );
  expect((await run(['image', 'update', 'images/app', '--spec', '-'])).err).toContain('--spec');
  const box = await freshExecutor();
  await run(['compose', 'join', box, 'image://images/app', '--mount', '/']);
  await run(['compose', 'join', box, 'task://tasks/hello']);
  const { out } = await run(['compose', 'bind', box]);
  expect(out).toContain('tasks take the fields that they do not set from image://images/app');
  const { json } = await run(['compose', 'plan', box, '--target', 'container', '--json']);
  expect(json[0].tasks[0]).toMatchObject({
    spec: { process: { entrypoint: ['/entry'], args: ['/bin/echo'] } },
    from: { 'process.entrypoint': 'image://images/app', 'process.args': 'task', 'process.cwd': 'default' },
  });
});

it('shows why a task ended and when it restarts, in every command', async () => {
  const restart = { mode: 'on-failure', attempts: 3, delaySeconds: 3_600 };
  await run(['task', 'create', 'tasks/restless', '--spec', '-'], { input: JSON.stringify({ restart }) });
  const box = await freshExecutor();
  await run(['compose', 'join', box, 'image://images/root', '--mount', '/']);
  await run(['compose', 'join', box, 'task://tasks/restless']);
  await run(['compose', 'bind', box]);
  const at = new Date().toISOString();
  await report(box, 'tasks/restless', {
    attempt: 1,
    state: 'exited',
    exitSignal: 'KILL',
    outOfMemory: true,
    at,
  });
  const shown = await run(['compose', 'show', box]);
  expect(shown.out).toMatch(
    /exited, attempt 1: out-of-memory \(signal KILL\); restarts in \d+ min \(3 restarts left\)/,
  );
  expect(shown.out).not.toContain('handle');
  expect((await run(['executor', 'show', box])).out).toContain('"reason":"out-of-memory"');
  const { out } = await run(['reports', box, 'tasks/restless']);
  expect(out).toMatch(/exited +\S+ +KILL +3 +\S+Z +out-of-memory$/m);
  const told = 'out-of-memory; starts again at \\S+Z \\(3 restarts left\\)';
  for (const [asked, row] of [
    [['audit', 'tasks/restless'], ` ${box} +1 +KILL +local +${told}`],
    [['audit', box], ` tasks/restless .* 1 +KILL +local +${told}`],
    [['events', '--id', box], `Exited +task://tasks/restless +executor://${box} +1 +KILL +local +${told}`],
    [['events', '--id', 'tasks/restless'], ` executor://${box} +1 +KILL +local +${told}`],
  ] as const) {
    await expect.poll(async () => (await run(asked)).out, PATIENCE).toMatch(new RegExp(row));
  }
  await run(['compose', 'unbind', box]);
  expect((await run(['compose', 'show', box])).out).toMatch(/attempt 1: out-of-memory \(signal KILL\)$/m);
});

it('retries concurrent changes of an executor, and refuses a stale handle', async () => {
  const box = await freshExecutor();
  const handle = (await run(['compose', 'open', box])).out.trim();
  const mounts = ['/a', '/b', '/c', '/d'];
  await Promise.all(mounts.map((_, at) => run(['volume', 'create', `volumes/${box.split('/')[1]}-${at}`])));
  const joined = await Promise.all(
    mounts.map((mount, at) =>
      run(['compose', 'join', box, `volume://volumes/${box.split('/')[1]}-${at}`, '--mount', mount]),
    ),
  );
  expect(joined.map(({ code, err }) => ({ code, err }))).toEqual(mounts.map(() => ({ code: 0, err: '' })));
  const stale = await run(['compose', 'bind', box, '--handle', handle]);
  expect(stale.code).toBe(1);
  expect(stale.err).toContain('stale-handle');
});

it('reports that nothing was to bind, and how a task runs again', async () => {
  const box = await freshExecutor();
  expect(await run(['compose', 'bind', box])).toMatchObject({
    code: 0,
    err: 'nothing to bind; a task that has ended runs again after `unbind` and `bind`\n',
  });
  await run(['compose', 'join', box, 'image://images/root', '--mount', '/']);
  expect(await run(['compose', 'bind', box])).toMatchObject({ code: 0, err: '' });
  expect(await run(['compose', 'bind', box, '--json'])).toMatchObject({ code: 0, err: '' });
});

it('takes short IDs of any kind, and an executor by its name in the default location', async () => {
  await run(['location', 'create', 'machines', '--kind', 'executor']);
  await run(['executor', 'create', 'machines/short']);
  expect(await run(['compose', 'join', 'short', 'images/root', '--mount', '/'])).toMatchObject({ code: 0 });
  expect(await run(['compose', 'join', 'short', 'tasks/hello'])).toMatchObject({ code: 0 });
  expect(await run(['compose', 'bind', 'short', 'tasks/hello'])).toMatchObject({ code: 1 });
  expect(await run(['compose', 'leave', 'short', 'tasks/hello'])).toMatchObject({ code: 0 });
  expect((await run(['audit', 'images/root'])).out).toContain(' machines/short ');
  expect(await run(['lineage', 'images/root'])).toMatchObject({ code: 0 });
  const nowhere = await run(['audit', 'nowhere/root']);
  expect(nowhere).toMatchObject({ code: 1, err: expect.stringContaining('nowhere') });
});

it.each([
  ['compose', 'join', 'executors/box', 'a/b/c'],
  ['audit', '://root'],
  ['lineage', 'a/b/c'],
])('explains the form of an ID for an invalid one: %s %s', async (...args) => {
  expect(await run(args)).toMatchObject({
    code: 2,
    err: `taskport: ${args.at(-1)} is no ID: write <name>, <location>/<name>, or <kind>://<location>/<name>\n`,
  });
});

it('reports that bound tasks wait for a missing runner, and that restarts are used up', async () => {
  const restart = { mode: 'on-failure', attempts: 1, delaySeconds: 3_600 };
  await run(['task', 'create', 'tasks/failing', '--spec', JSON.stringify({ restart })]);
  const box = await freshExecutor();
  await run(['compose', 'join', box, 'images/root', '--mount', '/']);
  await run(['compose', 'join', box, 'tasks/failing']);
  await run(['compose', 'bind', box]);
  expect((await run(['compose', 'show', box])).err).toBe(
    'no runner has been seen in executors: bound tasks wait for one; `taskport runner --executor-location executors` starts one\n',
  );
  const failed = (attempt: number) =>
    report(box, 'tasks/failing', { attempt, state: 'exited', exitCode: 7, at: new Date().toISOString() });
  await failed(1);
  expect((await run(['compose', 'show', box])).out).toMatch(
    /failed \(code 7\); restarts in \d+ min \(1 restart left\)/,
  );
  await failed(2);
  expect((await run(['compose', 'show', box])).out).toMatch(/failed \(code 7\); its restarts are used up$/m);
});

it('prints every reason why there is no plan', async () => {
  const { code, err } = await run(['compose', 'plan', await freshExecutor(), '--target', 'ecs']);
  expect(code).toBe(1);
  expect(err).toMatch(/^taskport: unsupported-by-target\n( {2}.+: .+\n){2,}/);
});

it('shows unsaved writes to a volume, and discards them', async () => {
  const box = await freshExecutor();
  const [executorId, volume] = [`executor://${box}`, 'volumes/written'];
  const volumeId = `volume://${volume}`;
  await run(['volume', 'create', volume]);
  const join = ['compose', 'join', box, volumeId];
  expect(await run([...join, '--save', 'never'])).toMatchObject({ code: 2 });
  expect(await run([...join, '--mount', '/data', '--save', 'seldom'])).toMatchObject({ code: 2 });
  await run([...join, '--mount', '/data', '--save', 'never']);
  const [left] = (await run(['compose', 'leave', box, volumeId, '--json'])).json;
  expect(left.composition.members).toEqual([]);
  await run([...join, '--mount', '/data']);

  const write = async (): Promise<void> => {
    await run(['compose', 'bind', box, volumeId]);
    const written = { executorId, volumeId };
    const { attachment = '' } = await taskport.attachments.read(written);
    await taskport.attachments.claim(written, { attachment, engine: 'engine-1' });
    await run(['compose', 'unbind', box, volumeId]);
  };
  await write();
  const shown = await run(['compose', 'show', box]);
  expect(shown.out).toMatch(/volume:\/\/volumes\/written +saving +\/data/);
  expect(shown.out).toContain(`compose unbind --discard ${executorId} ${volumeId}`);
  const [element] = (await run(['volume', 'show', volume, '--json'])).json;
  expect(element.attachment).toMatchObject({ executorId, state: 'saving', engine: 'engine-1' });
  expect((await run(['volume', 'show', volume])).err).toContain(`volume release ${volumeId}`);
  const refused = await run(['compose', 'leave', box, volumeId]);
  expect(refused).toMatchObject({ code: 1 });
  expect(refused.err).toContain('not saved yet');

  expect(await run(['volume', 'release', volume])).toMatchObject({ code: 0 });
  expect(await run(['volume', 'release', volume])).toMatchObject({ code: 1 });
  await write();
  const [discarded] = (await run(['compose', 'unbind', box, volumeId, '--discard', '--json'])).json;
  expect(discarded.composition.members[0].settled).toMatchObject({ outcome: 'discarded' });
  expect((await run(['compose', 'leave', box, volumeId])).code).toBe(0);
  expect((await run(['volume', 'show', volume, '--json'])).json[0].attachment).toBeUndefined();
  const audit = () => run(['audit', volumeId, '--all']);
  await expect.poll(async () => (await audit()).out, PATIENCE).toMatch(/Saving.*released.*discarded/s);
});
