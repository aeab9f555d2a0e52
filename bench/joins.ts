import { POPULAR_JOIN_BAR } from './bars.ts';
import { atMost, exactly, type Figure } from './figures.ts';
import { type Service, withService } from './service.ts';

const EXECUTORS = 1_000;
const ROUNDS = 4;
/** Calls at a time for the preparation, which is not measured. */
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

/** Makes executors, each with a handle on its composition and an image of its own, and one image for all. */
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

/** Lets all executors join at once, and then, not timed, leave again. */
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
 * Cost of a join if all join the same image, over its cost if each joins an image of its own, on dynoxide, the faster engine. Both make the same
 * calls, so the difference is contention.
 */
export const measureJoins = (): Promise<Figure[]> =>
  withService('dynoxide', async (service) => {
    const handles = await prepare(service);
    const popular: Crowd = { milliseconds: 0, failures: 0 };
    const own: Crowd = { milliseconds: 0, failures: 0 };
    const joinPopular = () => joinAtOnce(service, handles, popular, () => POPULAR);
    const joinOwn = () => joinAtOnce(service, handles, own, ownImage);
    // Not counted: it warms the code.
    await joinAtOnce(service, handles, { milliseconds: 0, failures: 0 }, ownImage);
    // Takes turns to go first, so that a busy moment of the machine affects both alike.
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
