/** `npm start` for a new user: with the default locations, and with a runner if there is an engine. */
import { execFileSync } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { createServer } from 'node:net';
import { dirname, join } from 'node:path';
import { afterAll, describe, expect, inject, test, vi } from 'vitest';
import { Taskport } from '../../client/taskport.ts';
import { titled } from '../bundle.ts';
import { archiveOf, busyboxTree } from '../busybox.ts';
import { withoutDocker } from '../docker/dockerd.ts';
import { PATIENCE } from '../patience.ts';
import { clearEngine, madeOn } from '../runner-process.ts';
import {
  familyOf,
  freshDirectory,
  type Product,
  removeDirectory,
  startProduct,
  stillRunning,
} from './product.ts';

const directories: string[] = [];
const products: Product[] = [];
const start = (directory: string, dockerHost: string, args: string[] = [], port = '0'): Product => {
  const product = startProduct({ directory, port, args, env: { DOCKER_HOST: dockerHost } });
  products.push(product);
  return product;
};
const fresh = (): string => {
  const directory = freshDirectory();
  directories.push(directory);
  return directory;
};
afterAll(async () => {
  for (const product of products) {
    product.signal('SIGKILL');
    await product.ended;
  }
  for (const directory of directories) removeDirectory(directory);
});

/** Waits until the output contains the text, `times` times. */
const prints = (product: Product, said: string, times = 1): Promise<void> =>
  vi.waitFor(() => expect(product.output().split(said).length - 1).toBeGreaterThanOrEqual(times), PATIENCE);
/** The lines of a first start, without what varies: times, addresses, names of machines, and the order of the locations. */
const linesOf = (text: string): string[] =>
  text
    .replaceAll(/^\d\d:\d\d:\d\d/gm, '')
    .replaceAll(/(listening on|console|data|runs tasks on|Claimed|Next:) .*/g, '$1')
    .trim()
    .split('\n')
    .sort();
/** The output of `npm start` that a page shows. */
const documented = (page: string): string =>
  /^\$ npm ci && npm start\n([^`]*)^```/m.exec(
    readFileSync(join(import.meta.dirname, '../..', page), 'utf8'),
  )?.[1] ?? '';
/** The address that the output shows. */
const listens = async (product: Product): Promise<string> => {
  await prints(product, 'data     ');
  return /^listening on (\S+)$/m.exec(product.output())?.[1] ?? '';
};
const kinds = async (url: string): Promise<Record<string, string>> => {
  const found: Record<string, string> = {};
  for await (const { name, kind } of new Taskport({ url }).locations.list()) found[name] = kind;
  return found;
};

/** A port below the range of ephemeral ports, so that no other process takes it before the restart. */
const freePort = async (): Promise<string> => {
  for (;;) {
    const port = randomInt(20_000, 30_000);
    const server = createServer().listen(port, '127.0.0.1');
    const isFree = await once(server, 'listening').then(
      () => true,
      () => false,
    );
    server.close();
    if (isFree) return String(port);
  }
};

const NOWHERE = 'unix:///nowhere/docker.sock';
const FIRST = { images: 'image', volumes: 'volume', machines: 'executor' };

describe('without an engine', () => {
  test('it prints its addresses, that nothing runs tasks and how to get an engine, and continues', async () => {
    const directory = fresh();
    const product = start(directory, NOWHERE);
    const url = await listens(product);
    await prints(product, 'Tasks are not run');
    expect(product.output()).toContain(`  console  ${url}/\n  data     ${directory}\n`);
    expect(product.output()).toContain(NOWHERE);
    expect(product.output()).toContain('https://docs.docker.com/get-docker/');
    expect(product.output()).toContain(
      `  TASKPORT_URL=${url} npx taskport runner --executor-location machines\n`,
    );
    expect(await kinds(url)).toEqual(FIRST);
    expect(await product.stop()).toBe(0);
    expect(product.errors()).toBe('');
  });

  test('existing locations stay as they are, and it prints why one cannot be made', async () => {
    const directory = fresh();
    const former = start(directory, NOWHERE, ['--bare']);
    const { locations, elements } = new Taskport({ url: await listens(former) });
    await locations.create({ name: 'images', kind: 'task' });
    await locations.create({ name: 'machines', kind: 'executor', indexed: ['ro.os'] });
    await elements.create({ id: 'executor://machines/one' });
    expect(await former.stop()).toBe(0);

    const product = start(directory, NOWHERE, ['--no-runner']);
    const url = await listens(product);
    expect(await kinds(url)).toEqual({ ...FIRST, images: 'task' });
    expect(product.errors()).toBe('the location images keeps elements of kind task, not image\n');
    const again = new Taskport({ url });
    expect(await again.locations.read('machines')).toMatchObject({ indexed: ['ro.os'], revision: 1 });
    expect(await again.elements.read('executor://machines/one')).toMatchObject({ revision: 1 });
    await again.elements.update('executor://machines/one', { metadata: { rw: { colour: 'blue' } } });
    await prints(product, 'Executor Modified');
    // Time, event, element and reason.
    expect(product.output()).toMatch(
      /^\d\d:\d\d:\d\d {2}Executor Modified {2}executor:\/\/machines\/one {2}rw\.colour$/m,
    );
    expect(familyOf(product.pid)).toHaveLength(3);
    expect(product.output()).not.toContain('Tasks are not run');
  });
});

const without = withoutDocker() ?? (existsSync('/bin/busybox') ? undefined : 'there is no /bin/busybox');

describe.skipIf(without !== undefined)(titled('with an engine', without), () => {
  const dockerHost = inject('dockerHost');
  const directory = fresh();
  let service = '';
  afterAll(() => clearEngine(dockerHost, { service }));

  const runnerOf = (product: Product): number => {
    const table = execFileSync('ps', ['-ww', '-o', 'pid=,args=', '-p', familyOf(product.pid).join()], {
      encoding: 'utf8',
    });
    const [line = ''] = table.split('\n').filter((each) => each.includes('runner --executor-location'));
    return Number.parseInt(line, 10);
  };
  const listRuns = async (url: string) => {
    const runs: object[] = [];
    for await (const run of new Taskport({ url }).runs.list({ executorLocation: 'machines' })) runs.push(run);
    return runs;
  };
  const running = () => madeOn(dockerHost, { service }, 'container', '{{.State}} {{.Names}}').length;

  test('tasks run at once, and survive a crash of the runner and of the host', async () => {
    const port = await freePort();
    const socket = join(dirname(directory), 'docker.sock');
    symlinkSync(new URL(dockerHost).pathname, socket);
    let product = start(directory, `unix://${socket}`, [], port);
    const url = await listens(product);
    service = new URL(url).href;
    await prints(product, `Next: TASKPORT_URL=${url} npx taskport run alpine:3.20 -- echo hello`);
    expect(product.output()).toMatch(/^listening on /);
    for (const page of ['README.md', 'docs/getting-started.md'])
      expect(linesOf(product.output()), page).toEqual(linesOf(documented(page)));
    const taskport = new Taskport({ url });
    const archive = await archiveOf(busyboxTree());
    await taskport.elements.create({
      id: 'image://images/base',
      data: { base64: archive.toString('base64') },
    });
    const run = (name: string, script: string) =>
      taskport.compositions.compose(`executor://machines/${name}`, {
        executor: {},
        bind: true,
        members: [
          { id: 'image://images/base', mount: { path: '/' } },
          { task: { name: 'main', spec: { process: { args: ['/bin/sh', '-c', script] } } } },
        ],
      });
    await run('short', 'exit 7');
    await vi.waitFor(
      () =>
        expect(product.output()).toMatch(
          /Task Exited {8}executor:\/\/machines\/short\/tasks\/main {2}attempt 1 {2}failed \(code 7\)/,
        ),
      PATIENCE,
    );
    await run('long', 'trap "exit 3" USR1; touch /tmp/ready; while :; do sleep 1000 & wait; done');
    await prints(product, 'Task Started       executor://machines/long');
    const containers = running();

    // The runner dies: the host reports that and starts others, until the engine answers again.
    const first = runnerOf(product);
    rmSync(socket);
    process.kill(first, 'SIGKILL');
    await prints(product, 'the runner ended, and the host restarts it: it ended with SIGKILL');
    await prints(product, 'the host restarts the runner: ');
    symlinkSync(new URL(dockerHost).pathname, socket);
    expect((await fetch(`${url}/v1/health`)).status).toBe(200);
    await prints(product, 'runs the tasks that you start in', 2);
    expect(stillRunning([first])).toEqual([]);

    // The host is stopped: the runner ends, its tasks run on.
    const family = familyOf(product.pid);
    expect(await product.stop()).toBe(0);
    expect(stillRunning(family)).toEqual([]);
    expect(product.errors()).toBe('');
    expect(running()).toBe(containers);

    // The host is killed: its runner ends too.
    product = start(directory, dockerHost, [], port);
    await prints(product, 'runs the tasks that you start in');
    const killed = familyOf(product.pid);
    product.signal('SIGKILL');
    await vi.waitFor(() => expect(stillRunning(killed)).toEqual([]), PATIENCE);
    expect(running()).toBe(containers);

    // The next runner takes over the running tasks, and reports their ends.
    product = start(directory, dockerHost, ['--json'], port);
    await prints(product, 'runs the tasks that you start in');
    const { handle } = await taskport.compositions.open('executor://machines/long');
    await taskport.compositions.interrupt(handle, 'executor://machines/long/tasks/main', 'USR1');
    await prints(product, '"exitCode":3');
    expect(await listRuns(url)).toHaveLength(2);
    expect(await product.stop()).toBe(0);
  });
});
