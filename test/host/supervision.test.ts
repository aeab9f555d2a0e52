/** Deadlines and restarts of tasks in the product, with a client instead of a runner. */
import { afterAll, expect, test, vi } from 'vitest';
import { Composer, type Post, reportsPath } from '../composing.ts';
import { base64, tar } from '../functions/api/support.ts';
import { PATIENCE } from '../patience.ts';
import { type Answer, ask } from './ledger.ts';
import { parseOutput } from './output.ts';
import { freshDirectory, type Product, removeDirectory, startProduct } from './product.ts';

const directory = freshDirectory();
const products: Product[] = [];
let url = '';

const start = async (): Promise<void> => {
  const product = startProduct({ directory });
  products.push(product);
  url = await product.listening();
};
afterAll(async () => {
  for (const product of products) {
    product.signal('SIGKILL');
    await product.ended;
  }
  removeDirectory(directory);
});

const post: Post<Answer> = async (path, body) => {
  const answer = await ask(url, 'POST', path, body);
  if (!answer) throw new Error(`no answer to ${path}`);
  return answer;
};

/** Makes an executor with one bound task of that specification. */
const bound = async (name: string, spec: object) => {
  const [executorId, taskId] = [`executor://boxes/${name}`, `task://jobs/${name}`];
  await post('/v1/elements', { id: executorId });
  await post('/v1/elements', { id: taskId, spec: { process: { args: ['/bin/true'] }, ...spec } });
  const composer = await new Composer<Answer>(post, executorId).open();
  await composer.mount('image://library/base', '/');
  await composer.join(taskId);
  await composer.bind();
  /** Sends a runner's report, and checks that it was accepted. */
  const report = async (body: object): Promise<void> => {
    const answer = await post(reportsPath(executorId, taskId), { at: new Date().toISOString(), ...body });
    expect(answer).toMatchObject({ status: 201 });
  };
  const see = async () => {
    const answer = await ask(url, 'GET', `/v1/compositions/${composer.handle}`);
    return answer?.body.composition.members.find(({ id }: { id: string }) => id === taskId).task;
  };
  const comesTo = (run: object): Promise<void> =>
    vi.waitFor(async () => expect(await see()).toMatchObject(run), PATIENCE);
  /** The events of the task, from all products so far. */
  const events = () =>
    products
      .flatMap((product) => parseOutput(product.output()).events)
      .filter(({ id }) => id === taskId)
      .map(({ type, detail }) =>
        [type, detail.attempt, detail.reason ?? detail.launchError].filter(Boolean).join(' '),
      );
  return { report, see, comesTo, events };
};

const restart = { mode: 'on-failure', delaySeconds: 0 };

test('the product starts', async () => {
  await start();
  for (const [name, kind] of Object.entries({ library: 'image', jobs: 'task', boxes: 'executor' }))
    await post('/v1/locations', { name, kind });
  const data = base64(await tar({ 'bin/true': '' }));
  expect(await post('/v1/elements', { id: 'image://library/base', data })).toMatchObject({ status: 201 });
});

test('a failed task is requested again until its attempts are used up', async () => {
  const { report, comesTo, events } = await bound('flaky', { restart: { ...restart, attempts: 2 } });
  for (const attempt of [1, 2, 3]) {
    // Each attempt needs the permission of the caller who bound it to read its secrets.
    await comesTo({ state: 'bound', attempt, boundBy: 'local' });
    await report({ attempt, state: 'running', output: { stdout: 'file:///var/log/flaky.log' } });
    await report({ attempt, state: 'exited', exitCode: 1 });
  }
  await comesTo({
    state: 'exited',
    attempt: 3,
    reason: 'failed',
    restarts: 2,
    output: { stdout: 'file:///var/log/flaky.log' },
  });
  await vi.waitFor(() => expect(events()).toContain('Task Exited 3 failed'), PATIENCE);
  expect(events().filter((told) => told.startsWith('Task Bound'))).toEqual([
    'Task Bound 1',
    'Task Bound 2',
    'Task Bound 3',
  ]);
});

test('a task that succeeds is not restarted', async () => {
  const { report, comesTo } = await bound('fine', { restart });
  await report({ attempt: 1, state: 'running' });
  await report({ attempt: 1, state: 'exited', exitCode: 0 });
  await comesTo({ state: 'exited', attempt: 1, reason: 'completed', exitCode: 0 });
});

test('a task that was not started in time fails, and a later start is refused', async () => {
  const { comesTo, events, see } = await bound('slow', { deadlines: { startSeconds: 1 } });
  const reason = 'start-deadline';
  await comesTo({ state: 'failed', attempt: 1, reason, launchError: 'it was not started within 1 s' });
  await vi.waitFor(() => expect(events()).toContain('Task Exited 1 start-deadline'), PATIENCE);
  const path = reportsPath('executor://boxes/slow', 'task://jobs/slow');
  const late = await post(path, { attempt: 1, state: 'running', at: new Date().toISOString() });
  expect(late).toMatchObject({ status: 409, body: { code: 'invalid-state' } });
  expect((await ask(url, 'GET', path))?.body.items).toMatchObject([{ attempt: 1, state: 'failed', reason }]);
  expect(await see()).toMatchObject({ state: 'failed' });
});

test('a task that runs too long is stopped and not restarted', async () => {
  const { report, comesTo, events } = await bound('long', {
    deadlines: { runSeconds: 1 },
    restart: { mode: 'always', delaySeconds: 0 },
  });
  await report({ attempt: 1, state: 'running' });
  await comesTo({ state: 'running', halted: 'run-deadline' });
  await vi.waitFor(() => expect(events()).toContain('Task Halted 1 run-deadline'), PATIENCE);
  await report({ attempt: 1, state: 'exited', exitSignal: 'TERM' });
  await comesTo({ state: 'exited', attempt: 1, reason: 'run-deadline', halted: 'run-deadline' });
});

test('a deadline that passes while the product is stopped is enforced after the next start', {
  retry: 3,
}, async ({ task }) => {
  // On a busy machine the deadline may pass before the task runs, so each retry uses a later one.
  const tried = task.result?.retryCount ?? 0;
  const notAfter = new Date(Date.now() + 2_500 * 4 ** tried).toISOString();
  const { report, comesTo, events } = await bound(`night-${tried}`, { deadlines: { notAfter } });
  await report({ attempt: 1, state: 'running' });
  // Supervision sets the alarm after the report of the start.
  await vi.waitFor(() => expect(events()).toContain('Task Started 1'), PATIENCE);
  const product = products.at(-1) as Product;
  product.signal('SIGKILL');
  await product.ended;
  await new Promise((settle) => setTimeout(settle, Math.max(0, Date.parse(notAfter) - Date.now())));
  await start();
  await comesTo({ state: 'running', halted: 'not-after' });
});
