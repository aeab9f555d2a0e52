import { GetItemCommand } from '@aws-sdk/client-dynamodb';
import { Hono } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { elementKey } from '../lib/adapters/dynamodb/keys.ts';
import { HEALTH_BAR, READ_BAR } from './bars.ts';
import { atLeast, type Figure, median } from './figures.ts';
import { withService } from './service.ts';

const ROUNDS = 15;
/** Rounds that do not count: they warm the code. */
const WARM_UP = 5;
/** Calls of one round, and how many run at a time. */
const CALLS = 1_000;
const PARALLEL = 16;

/** A service with one empty route, behind as many middleware steps as a real call. */
const emptyService = (): Hono => {
  const app = new Hono();
  app.use(async (c, next) => {
    await next();
    c.header('x-request-id', 'none');
  });
  app.use((_, next) => next());
  app.use(bodyLimit({ maxSize: 6 * 1024 * 1024 }));
  app.get('/v1/nothing', (c) => c.json({ status: 'ok' }));
  return app;
};

/** Calls a second in this one thread. */
const rateOf = async (call: () => Promise<unknown>): Promise<number> => {
  const from = performance.now();
  let left = CALLS;
  const work = async (): Promise<void> => {
    while (left > 0) {
      left -= 1;
      await call();
    }
  };
  await Promise.all(Array.from({ length: PARALLEL }, work));
  return (CALLS * 1_000) / (performance.now() - from);
};

/**
 * Requests a second in one thread: a call without storage over an empty route, which shows the cost of our middleware; and reads over bare SDK
 * calls.
 */
export const measureThroughput = (): Promise<Figure[]> =>
  withService('dynoxide', async ({ call, dynamodb, table }) => {
    const empty = emptyService();
    await call('POST', '/v1/locations', { body: { name: 'library', kind: 'image' } });
    const metadata = { ro: { os: 'linux' }, rw: { channel: 'stable' } };
    await call('POST', '/v1/elements', { body: { id: 'image://library/one', metadata } });
    const { pk, sk } = elementKey('image://library/one');
    const Key = { pk: { S: pk }, sk: { S: sk } };
    const bare = () => dynamodb.send(new GetItemCommand({ TableName: table, Key, ConsistentRead: true }));
    const names = ['empty', 'health', 'bare', 'read'] as const;
    const rates = Object.fromEntries(names.map((name) => [name, [] as number[]])) as Record<
      (typeof names)[number],
      number[]
    >;
    // Takes turns, so that a busy moment of the machine affects all alike.
    for (let round = 0; round < ROUNDS; round += 1) {
      const measured = {
        empty: await rateOf(async () => (await empty.request('/v1/nothing')).text()),
        health: await rateOf(() => call('GET', '/v1/health')),
        bare: await rateOf(bare),
        read: await rateOf(() => call('GET', '/v1/elements/image/library/one')),
      };
      if (round < WARM_UP) continue;
      for (const name of names) rates[name].push(measured[name]);
    }
    const ratio = (of: keyof typeof rates, to: keyof typeof rates): number =>
      median(rates[of].map((rate, at) => rate / (rates[to][at] ?? Number.NaN)));
    console.error(names.map((name) => `${name}: ${Math.round(median(rates[name]))} a second`).join(', '));
    return [
      atLeast('requests a second of /v1/health over an empty route', ratio('health', 'empty'), HEALTH_BAR),
      atLeast('reads a second over bare SDK calls', ratio('read', 'bare'), READ_BAR),
    ];
  });
