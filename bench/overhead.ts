import { OVERHEAD_BAR } from './bars.ts';
import { atMost, type Figure, median } from './figures.ts';
import { Recorder, toBareCalls } from './recording.ts';
import { type Service, withService } from './service.ts';

const ROUNDS = 240;
/** Rounds that do not count: they warm the code. */
const WARM_UP = 80;

const PARENT = 'image://library/parent';

interface Operation {
  readonly name: string;
  /** Pairs measured in a round: more for quick operations, whose times scatter most. */
  readonly pairs: number;
  /** Makes the elements that the operation needs. */
  readonly prepare?: (element: string) => Promise<unknown>;
  readonly run: (element: string) => Promise<unknown>;
}

const operations = async ({ call }: Service): Promise<Operation[]> => {
  const path = (name: string) => `/v1/elements/image/library/${name}`;
  const create = (name: string, more: object = {}) => {
    const metadata = { ro: { os: 'linux' }, rw: { channel: 'stable', note: 'as built' } };
    return call('POST', '/v1/elements', { body: { id: `image://library/${name}`, metadata, ...more } });
  };
  const location = { name: 'library', kind: 'image', indexed: ['ro.os', 'rw.channel'] };
  await call('POST', '/v1/locations', { body: location });
  await create('parent');
  for (let n = 0; n < 50; n += 1) await create(`listed-${n}`);
  const list = '/v1/elements?kind=image&location=library&limit=50&filter=ro.os%3Dlinux';
  const patch = { metadata: { rw: { channel: 'beta' } } };
  return [
    { name: 'read', pairs: 4, prepare: create, run: (name) => call('GET', path(name)) },
    { name: 'update', pairs: 2, prepare: create, run: (name) => call('PATCH', path(name), { body: patch }) },
    { name: 'create', pairs: 2, run: create },
    { name: 'create with a parent', pairs: 1, run: (name) => create(name, { parentId: PARENT }) },
    { name: 'list page of 50', pairs: 1, run: () => call('GET', list) },
    { name: 'delete', pairs: 1, prepare: create, run: (name) => call('DELETE', path(name)) },
  ];
};

const time = async (run: () => Promise<unknown>): Promise<number> => {
  const from = performance.now();
  await run();
  return performance.now() - from;
};

/**
 * Time of the service over the time of the same bare calls, once. It uses three elements that differ only in their names; the first records the
 * calls that the service sends.
 */
const measurePair = async (
  { dynamodb }: Service,
  recorder: Recorder,
  { prepare, run }: Operation,
  ending: string,
  serviceFirst: boolean,
): Promise<number> => {
  const [recorded, served, bare] = ['recorded', 'servedby', 'sentbare'].map(
    (beginning) => beginning + ending,
  ) as [string, string, string];
  if (prepare) {
    const made = await recorder.record(() => prepare(recorded));
    await toBareCalls(dynamodb, made, recorded, bare)();
    await prepare(served);
  }
  const send = toBareCalls(dynamodb, await recorder.record(() => run(recorded)), recorded, bare);
  if (serviceFirst) return (await time(() => run(served))) / (await time(send));
  const bareTime = await time(send);
  return (await time(() => run(served))) / bareTime;
};

/** Time of each operation over its bare SDK calls, on dynoxide, the faster engine. */
export const measureOverhead = (): Promise<Figure[]> =>
  withService('dynoxide', async (service) => {
    const recorder = new Recorder(service.dynamodb);
    const measured = (await operations(service)).map((operation) => ({ operation, ratios: [] as number[] }));
    // Takes turns, so that a busy moment of the machine affects all alike.
    for (let round = 0; round < ROUNDS; round += 1) {
      for (const [at, { operation, ratios }] of measured.entries()) {
        for (let pair = 0; pair < operation.pairs; pair += 1) {
          const ending = `-${at}-${pair}-${String(round).padStart(6, '0')}`;
          const ratio = await measurePair(service, recorder, operation, ending, (round + pair) % 2 === 0);
          if (round >= WARM_UP) ratios.push(ratio);
        }
      }
    }
    return measured.map(({ operation, ratios }) =>
      atMost(`time of ${operation.name} over its bare SDK calls`, median(ratios), OVERHEAD_BAR),
    );
  });
