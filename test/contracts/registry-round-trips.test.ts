/** The cost of a pull: sequential round trips to the table, for any length of the chain. */
import { createHash, randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, inject, it } from 'vitest';
import type { Checksum } from '../../lib/element/checksum.ts';
import type { ElementRecord } from '../../lib/element/element.ts';
import { toLayer } from '../../lib/element/layer.ts';
import { locateBlob, readManifest, resolveManifest } from '../../lib/element/registry/reading.ts';
import { withManifest } from '../../lib/element/registry/synthesized.ts';
import { aCaller, aLocation, anElement, anInsertion, idIn, inMs } from './records.ts';
import { type Interception, openStores, type Stores } from './stores.ts';

const CHAIN = 125;
const place = aLocation();
const sha256 = (text: string): Checksum => `sha256:${createHash('sha256').update(text).digest('hex')}`;
const layers = Array.from({ length: CHAIN }, (_, at) =>
  toLayer(sha256(`layer ${at}`), at + 1, { compression: 'gzip', diffId: sha256(`diff ${at}`) }),
);

/** Counts requests, and those that wait for another's answer. */
class Meter {
  calls = 0;
  inSequence = 0;
  #running = 0;

  readonly intercept: Interception = async (_, send) => {
    this.calls += 1;
    if (this.#running === 0) this.inSequence += 1;
    this.#running += 1;
    try {
      return await send();
    } finally {
      this.#running -= 1;
    }
  };
}

describe('a pull of a chain of 125 layers', () => {
  let stores: Stores;
  let record: ElementRecord;
  beforeAll(async () => {
    stores = await openStores(inject('dynamodbUrl'));
    await stores.locations.insert(place, aCaller());
    const blob = randomUUID();
    await stores.elements.stage(blob, inMs(60_000));
    const ancestors = Array.from({ length: CHAIN - 1 }, (_, at) => idIn(place, `app-${at}`));
    record = withManifest(
      anElement(place, 'app', { ancestors, below: layers.slice(0, -1), layer: layers.at(-1) as never, blob }),
    );
    await stores.elements.insert(anInsertion(place, record));
  });

  /** The cost of some work on a table whose requests are counted. */
  const metered = async <T>(work: (counted: Stores) => Promise<T>): Promise<{ result: T; meter: Meter }> => {
    const meter = new Meter();
    return { result: await work(stores.intercepted(meter.intercept)), meter };
  };
  const repository = { location: place.name, name: 'app' };

  it('reads back all layers that it was given', async () => {
    expect(await stores.elements.get(record.attributes.id)).toEqual(record);
  });

  it('takes at most three round trips for its manifest, by digest and by name', async () => {
    for (const reference of [record.attributes.digest as string, 'latest']) {
      const { result, meter } = await metered(async ({ elements, blobs }) => {
        const found = await resolveManifest({ elements }, repository, reference);
        return readManifest({ blobs }, found as ElementRecord);
      });
      expect(JSON.parse(Buffer.from(result.bytes).toString()).layers).toHaveLength(CHAIN);
      expect(meter.inSequence).toBeLessThanOrEqual(3);
    }
  });

  it('takes one look-up for a blob, and also the record for a config made from it', async () => {
    const top = layers.at(-1)?.digest as string;
    const layer = await metered((counted) => locateBlob(counted, repository, top, 'GET'));
    expect(layer.result).toMatchObject({ size: CHAIN });
    expect(layer.meter.calls).toBe(1);
    const digest = record.made?.config.digest as string;
    const config = await metered((counted) => locateBlob(counted, repository, digest, 'GET'));
    expect(config.result).toHaveProperty('bytes');
    expect(config.meter.inSequence).toBe(2);
  });
});
