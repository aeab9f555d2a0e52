import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, expect, test, vi } from 'vitest';
import { PATIENCE } from '../patience.ts';
import { application, documents, packLayer } from '../workflows/layer.ts';
import { ask, type Entry, Ledger } from './ledger.ts';
import { type PrintedEvent, parseOutput, withoutRepeats } from './output.ts';
import { familyOf, freshDirectory, killAll, type Product, removeDirectory, startProduct } from './product.ts';
import { LOCATIONS, Writer } from './writer.ts';

const WRITERS = 4;
const CHANGES = 60;
/** The capacity in KiB of the location with a capacity. */
const CAPACITY = 2 ** 20;
/** The guards of a killed deleter last half a minute; the last rounds wait for most of that. */
const ROUNDS_WITH_DELETES = 3;

type Kill = 'the process' | 'its process group' | 'everything';

const directory = freshDirectory();
const products: Product[] = [];
const start = (): Product => {
  const product = startProduct({ directory });
  products.push(product);
  return product;
};

afterAll(async () => {
  for (const product of products) {
    product.signal('SIGKILL');
    await product.ended;
  }
  removeDirectory(directory);
});

const kill = async (product: Product, what: Kill): Promise<void> => {
  const family = what === 'everything' ? familyOf(product.pid) : [];
  // By SIGKILL to all, because the engines would otherwise end by themselves later.
  process.kill(what === 'its process group' ? -product.pid : product.pid, 'SIGKILL');
  killAll(family.slice(1));
  expect(await product.ended).toBe('SIGKILL');
};

const create = async (url: string, path: string, body: object) =>
  expect(await ask(url, 'POST', path, body)).toMatchObject({ status: 201 });

const listed = async (url: string, path: string): Promise<string[]> => {
  const ids: string[] = [];
  for (let cursor = ''; ; ) {
    const page = await ask(url, 'GET', `${path}${path.includes('?') ? '&' : '?'}limit=50${cursor}`);
    if (page?.status !== 200) throw new Error(`GET ${path}: ${JSON.stringify(page)}`);
    ids.push(...page.body.items.map(({ id }: { id: string }) => id));
    if (!page.body.cursor) return ids.sort();
    cursor = `&cursor=${encodeURIComponent(page.body.cursor)}`;
  }
};

const ids = (entries: readonly Entry[]): string[] => entries.map(({ id }) => id).sort();

/** Checks all answers of the product so far. */
const checkAll = async (url: string, ledger: Ledger): Promise<void> => {
  for (const entry of ledger.all()) await ledger.check(url, entry);
  for (const entry of ledger.present()) {
    await ledger.checkData(url, entry);
    if (entry.parentId) expect(ledger.get(entry.parentId)?.shown, `the parent of ${entry.id}`).toBeDefined();
    expect(await listed(url, `${entry.path}/references`), `references to ${entry.id}`).toEqual(
      ids(ledger.childrenOf(entry.id)),
    );
  }
  for (const [kind, location] of Object.entries(LOCATIONS)) {
    const expected = ids(ledger.present().filter((entry) => entry.kind === kind));
    await vi.waitFor(
      async () =>
        expect(await listed(url, `/v1/elements?kind=${kind}&location=${location}`)).toEqual(expected),
      PATIENCE,
    );
  }
};

/** The events of each element, in order; a child also appears under its parent. */
type Heard = Record<string, string[]>;

const heard = (events: readonly PrintedEvent[]): Heard => {
  const found: Heard = {};
  for (const { type, id, detail } of withoutRepeats(events)) {
    if (type.startsWith('Location')) continue;
    const { child, revision } = detail;
    const key = child ? `${id} by ${child.id}` : id;
    found[key] = [...(found[key] ?? []), child ? `Inherited ${child.revision}` : `${type} ${revision}`];
  }
  return found;
};

const toBeHeard = (ledger: Ledger): Heard => {
  const expected: Heard = {};
  for (const { id, parentId, events } of ledger.all()) {
    const [created] = events;
    if (!created) continue;
    expected[id] = events.map(({ type, revision }) => `${type} ${revision}`);
    if (parentId) expected[`${parentId} by ${id}`] = [`Inherited ${created.revision}`];
  }
  return expected;
};

/** Deletes all elements, children first; the guards of killed deleters have expired by then. */
const deleteAll = async (url: string, ledger: Ledger): Promise<void> => {
  const deadline = Date.now() + PATIENCE.timeout;
  while (ledger.present().length > 0) {
    const free = ledger.present().filter(({ id }) => ledger.childrenOf(id).length === 0);
    await Promise.all(
      free.map(async (entry) => {
        const answer = await ask(url, 'DELETE', entry.path);
        if (!answer && Date.now() < deadline) return;
        expect(answer?.status, `DELETE ${entry.id}: ${JSON.stringify(answer?.body)}`).toBe(204);
        ledger.settle(entry, undefined);
      }),
    );
  }
};

test('a kill at any time loses no answered change, and no event', async () => {
  const ledger = new Ledger();
  const layers = [
    await application(),
    await documents(),
    await packLayer({ 'package.json': 'package.json' }),
  ];
  const writers = Array.from({ length: WRITERS }, (_, at) => new Writer(`w${at}`, ledger, layers));

  let product = start();
  let url = await product.listening();
  await create(url, '/v1/locations', { name: LOCATIONS.image, kind: 'image' });
  await create(url, '/v1/locations', { name: LOCATIONS.volume, kind: 'volume', capacity: CAPACITY });

  const kills: Kill[] = ['the process', 'its process group', 'everything', 'the process', 'everything'];
  for (const [round, what] of kills.entries()) {
    let gone = false;
    const killing = async () => {
      await sleep(400 + Math.random() * 1_600);
      gone = true;
      await kill(product, what);
    };
    const deletes = round < ROUNDS_WITH_DELETES;
    await Promise.all([
      killing(),
      ...writers.map((writer) => writer.write(url, CHANGES, deletes, () => gone)),
    ]);
    if (round % 2 === 1) {
      // A kill also happens during a start.
      const unlucky = start();
      await sleep(Math.random() * 1_500);
      await kill(unlucky, 'the process');
    }
    product = start();
    url = await product.listening();
    await checkAll(url, ledger);
  }

  await deleteAll(url, ledger);
  // Every KiB is given back, exactly.
  const whole = ledger.open('volume', LOCATIONS.volume, 'whole');
  const answer = await ask(url, 'POST', '/v1/elements', { id: whole.id, freeSpace: CAPACITY });
  expect(answer).toMatchObject({ status: 201 });
  ledger.settle(whole, answer?.body);
  await deleteAll(url, ledger);
  for (const location of Object.values(LOCATIONS)) {
    expect(await ask(url, 'DELETE', `/v1/locations/${location}`)).toMatchObject({ status: 202 });
  }

  const expected = toBeHeard(ledger);
  const printed = () => products.flatMap((each) => parseOutput(each.output()).events);
  await vi.waitFor(() => expect(heard(printed())).toEqual(expected), { ...PATIENCE, interval: 200 });
  expect(await product.stop()).toBe(0);
});
