import { type FaultProxy, startFaultProxy } from '../../test/faults/proxy.ts';
import { THROTTLED_BARS } from '../bars.ts';
import { atLeast, atMost, type Figure } from '../figures.ts';
import { withService } from '../service.ts';
import { throttle } from './throttle.ts';

/** The share of DynamoDB's limits that each partition gets. */
const PART = 1 / 40;
/** Joins of one image a second that its row sustains, by docs/scale.md. */
const COUNTED = 750;
const JOINS = 240;
const AT_ONCE = 24;
const POPULAR = 'image://library/popular';

/**
 * Checks the prediction: joins of one image a second with partitions limited to a share, over the rate computed for that share. The rate is
 * lower, because each throttled request takes units again.
 */
export const measureThrottledJoins = async (): Promise<Figure[]> => {
  let proxy: FaultProxy | undefined;
  try {
    return await withService(
      'dynoxide',
      async ({ call }) => {
        await call('POST', '/v1/locations', { body: { name: 'library', kind: 'image' } });
        await call('POST', '/v1/locations', { body: { name: 'hosts', kind: 'executor' } });
        await call('POST', '/v1/elements', { body: { id: POPULAR } });
        const handles: string[] = [];
        for (let n = 0; n < JOINS; n += 1) {
          const executorId = `executor://hosts/host-${n}`;
          await call('POST', '/v1/elements', { body: { id: executorId } });
          handles.push(JSON.parse(await call('POST', '/v1/compositions', { body: { executorId } })).handle);
        }
        const join = async (handle: string): Promise<void> => {
          const body = { id: POPULAR, mount: { path: '/' } };
          while (
            !(await call('POST', `/v1/compositions/${handle}/join`, { body }).then(
              () => true,
              () => false,
            ))
          );
        };
        const lane = async (): Promise<void> => {
          for (let handle = handles.pop(); handle !== undefined; handle = handles.pop()) await join(handle);
        };
        proxy?.follow(throttle(PART));
        const from = performance.now();
        await Promise.all(Array.from({ length: AT_ONCE }, lane));
        const perSecond = JOINS / ((performance.now() - from) / 1_000);
        const ratio = perSecond / (COUNTED * PART);
        return [
          atMost('joins of one image a second, throttled, over what was counted', ratio, THROTTLED_BARS.most),
          atLeast(
            'joins of one image a second, throttled, over what was counted',
            ratio,
            THROTTLED_BARS.least,
          ),
        ];
      },
      async (url) => {
        proxy = await startFaultProxy(url);
        return proxy.url;
      },
    );
  } finally {
    await proxy?.stop();
  }
};
