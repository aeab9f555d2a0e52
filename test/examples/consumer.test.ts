import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { FileMemory } from '../../examples/consumer/file-memory.ts';
import { handler } from '../../examples/consumer/lambda.ts';
import { ask } from '../host/ledger.ts';
import { freshDirectory, type Product, removeDirectory, startProduct } from '../host/product.ts';
import { PATIENCE } from '../patience.ts';

const ROOT = join(import.meta.dirname, '../..');

const directory = freshDirectory();
const folder = dirname(directory);
let product: Product;
let url: string;
beforeAll(async () => {
  product = startProduct({ directory });
  url = await product.listening();
  await ask(url, 'POST', '/v1/locations', { name: 'jobs', kind: 'task' });
});
const started: ChildProcess[] = [];
afterAll(async () => {
  for (const child of started) child.kill('SIGKILL');
  product.signal('SIGKILL');
  await product.ended;
  removeDirectory(directory);
});

const output = join(folder, 'consumer.out');
const errors = join(folder, 'consumer.err');
/** Starts the consumer like in its README; its output is appended to earlier output. */
const startConsumer = (): ChildProcess => {
  const files = [output, errors].map((path) => openSync(path, 'a'));
  const { PATH, HOME } = process.env;
  const child = spawn(process.execPath, ['--import', 'tsx', 'examples/consumer/main.ts'], {
    cwd: ROOT,
    env: {
      PATH,
      HOME,
      TASKPORT_URL: url,
      CONSUMER_STATE: join(folder, 'consumer-state.json'),
      NODE_OPTIONS: `--import=${new URL('../host/end-with-runner.mjs', import.meta.url).href}`,
    },
    stdio: ['ignore', ...files],
  });
  for (const file of files) closeSync(file);
  started.push(child);
  return child;
};
const kill = async (child: ChildProcess): Promise<void> => {
  child.kill('SIGKILL');
  await once(child, 'exit');
};

/** The output without times. */
const printed = (): string[] =>
  readFileSync(output, 'utf8')
    .split('\n')
    .slice(0, -1)
    .map((line) => line.slice(line.indexOf('  ') + 2));

const create = (name: string) => ask(url, 'POST', '/v1/elements', { id: `task://jobs/${name}` });
const update = (name: string, value: number) =>
  ask(url, 'PATCH', `/v1/elements/task/jobs/${name}`, { metadata: { rw: { value: String(value) } } });
const toBePrinted = (name: string, revisions: number): string[] =>
  Array.from({ length: revisions }, (_, at) => {
    const verb = at === 0 ? 'Created' : 'Modified';
    return `Task ${verb}  task://jobs/${name}  revision ${at + 1}`;
  });

test('the consumer prints each event once, in order, however often it is killed and restarted', async () => {
  const expected = ['Location Created  jobs  revision 1', ...toBePrinted('one', 3)];
  const first = startConsumer();
  await create('one');
  for (const value of [1, 2]) await update('one', value);
  await vi.waitFor(() => expect(printed()).toEqual(expected), PATIENCE);
  // The last event is in progress until the consumer has stored its position.
  await vi.waitFor(
    () => expect(readFileSync(join(folder, 'consumer-state.json'), 'utf8')).toContain('"after"'),
    PATIENCE,
  );
  await kill(first);

  await create('meanwhile');
  await update('meanwhile', 1);
  const second = startConsumer();
  expected.push(...toBePrinted('meanwhile', 2));
  await vi.waitFor(() => expect(printed()).toEqual(expected), PATIENCE);

  const writing = (async () => {
    await create('busy');
    for (let value = 1; value < 40; value += 1) await update('busy', value);
  })();
  await vi.waitFor(() => expect(printed().length).toBeGreaterThan(expected.length + 5), PATIENCE);
  await kill(second);
  const inHand = printed().at(-1);
  await writing;
  startConsumer();
  expected.push(...toBePrinted('busy', 40));
  await vi.waitFor(() => expect(printed().at(-1)).toBe(expected.at(-1)), PATIENCE);
  // The event in progress at a kill, if any, is handled again; no other is.
  const lines = printed().filter((line, at, all) => line !== inHand || all.indexOf(line) === at);
  expect(lines).toEqual(expected);
  expect(printed().length - lines.length).toBeLessThanOrEqual(1);
  expect(readFileSync(errors, 'utf8')).toBe('');
});

test('its file is up to date after each event, not only after each page', async () => {
  const path = join(folder, 'new', 'state.json');
  const progress = { revision: 4, missing: [2, 3], ids: ['a', 'b'] };
  const memory = new FileMemory(path);
  expect([memory.after, await memory.get('one')]).toEqual([undefined, undefined]);
  await memory.set('one', progress);
  expect(await new FileMemory(path).get('one')).toEqual(progress);
  memory.moveTo('there');
  const again = new FileMemory(path);
  expect([again.after, await again.get('one'), await again.get('other')]).toEqual([
    'there',
    progress,
    undefined,
  ]);
});

test('as a function it prints the events of EventBridge, and marks late and missing ones', async () => {
  const lines: string[] = [];
  const log = vi.spyOn(console, 'log').mockImplementation((line: string) => void lines.push(line));
  const createdAt = '2026-01-01T00:00:00.000Z';
  const deliver = (revision: number) =>
    handler({
      source: 'taskport',
      'detail-type': 'Image Modified',
      detail: {
        eventId: `e${revision}`,
        schemaVersion: 1,
        id: 'image://library/alpine',
        kind: 'image',
        location: 'library',
        at: createdAt,
        actor: 'maker',
        createdAt,
        revision,
        changed: ['rw.channel'],
      },
    });
  for (const revision of [1, 4, 2, 4]) await deliver(revision);
  log.mockRestore();
  expect(lines).toEqual([
    `${createdAt}  Image Modified  image://library/alpine  revision 1`,
    `${createdAt}  Image Modified  image://library/alpine  revision 4  missing so far: 2, 3`,
    expect.stringMatching(/revision 2 {2}late: /),
  ]);
});
