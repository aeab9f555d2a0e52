import { POPULAR_JOIN_BAR } from './bars.ts';
import { atMost, exactly, type Figure } from './figures.ts';
import { type Service, withService } from './service.ts';

const EXECUTORS = 1_000;
const ROUNDS = 4;
/** How much is made ready at a time: that is not what is measured. */
const PARALLEL = 50;

const POPULAR = 'image://library/popular';
const ownImage = (n: number): string => `image://library/own-${n}`;
const executor = (n: number): string => `executor://hosts/host-${n}`;

const each = async (work: (n: number) => Promise<unknown>): Promise<void> => {
  let next = 0;
  const lane = async (): Promise<void> => {
    while (next < EXECUTORS) {
      const n = next;
      next += 1;
      await work(n);
    }
  };
  await Promise.all(Array.from({ length: PARALLEL }, lane));
};

/** Executors, each with a handle on its composition, and an image of its own beside the one for all. */
const prepare = async ({ call }: Service): Promise<string[]> => {
  await call('POST', '/v1/locations', { body: { name: 'library', kind: 'image' } });
  await call('POST', '/v1/locations', { body: { name: 'hosts', kind: 'executor' } });
  await call('POST', '/v1/elements', { body: { id: POPULAR } });
  const handles: string[] = [];
  await each(async (n) => {
    await call('POST', '/v1/elements', { body: { id: ownImage(n) } });
    await call('POST', '/v1/elements', { body: { id: executor(n) } });
    handles[n] = JSON.parse(
      await call('POST', '/v1/compositions', { body: { executorId: executor(n) } }),
    ).handle;
  });
  return handles;
};

interface Crowd {
  milliseconds: number;
  failures: number;
}

/** All executors join at once; then, which is not timed, they leave again. */
const joinAtOnce = async (
  { call }: Service,
  handles: string[],
  crowd: Crowd,
  imageOf: (n: number) => string,
): Promise<void> => {
  const operate = async (n: number, name: string, body: object): Promise<void> => {
    handles[n] = JSON.parse(await call('POST', `/v1/compositions/${handles[n]}/${name}`, { body })).handle;
  };
  const joined: number[] = [];
  const from = performance.now();
  await Promise.all(
    handles.map((_, n) =>
      operate(n, 'join', { id: imageOf(n), mount: { path: '/' } }).then(
        () => joined.push(n),
        () => {
          crowd.failures += 1;
        },
      ),
    ),
  );
  crowd.milliseconds += performance.now() - from;
  const isJoined = new Set(joined);
  await each(async (n) => {
    if (isJoined.has(n)) await operate(n, 'leave', { id: imageOf(n) });
  });
};

/**
 * What a join costs where everybody joins the same image, over what it costs where everybody joins an image of his
 * own; on dynoxide, the faster engine. Both are the same calls, so what differs is what they do to each other.
 */
export const measureJoins = (): Promise<Figure[]> =>
  withService('dynoxide', async (service) => {
    const handles = await prepare(service);
    const popular: Crowd = { milliseconds: 0, failures: 0 };
    const own: Crowd = { milliseconds: 0, failures: 0 };
    const joinPopular = () => joinAtOnce(service, handles, popular, () => POPULAR);
    const joinOwn = () => joinAtOnce(service, handles, own, ownImage);
    // Not counted, since the code is not hot yet.
    await joinAtOnce(service, handles, { milliseconds: 0, failures: 0 }, ownImage);
    // In turns of who goes first, so that a moment in which the machine is busy falls on both alike.
    for (let round = 0; round < ROUNDS; round += 1) {
      for (const join of round % 2 === 0 ? [joinPopular, joinOwn] : [joinOwn, joinPopular]) await join();
    }
    const count = EXECUTORS.toLocaleString('en');
    return [
      exactly(`failures where ${count} executors join one image at once`, String(popular.failures), '0'),
      exactly(
        `failures where ${count} executors join images of their own at once`,
        String(own.failures),
        '0',
      ),
      atMost(
        `time of a join of one image by ${count} at once over one of an image of one's own`,
        popular.milliseconds / own.milliseconds,
        POPULAR_JOIN_BAR,
      ),
    ];
  });
