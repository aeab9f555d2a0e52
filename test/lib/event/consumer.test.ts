import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { consume, type Standing } from '../../../lib/event/consumer.ts';

const createdAt = '2026-01-01T00:00:00.000Z';

/** An event of an image in the form of EventBridge. */
const delivered = (revision: number, more: object = {}, detailType = 'Image Modified') => ({
  version: '0',
  id: 'delivery',
  source: 'taskport',
  'detail-type': detailType,
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
    changed: [],
    ...more,
  },
});

const recording = () => {
  const heard: (Standing & { type: string })[] = [];
  const consumer = consume(({ detailType }, standing) => void heard.push({ ...standing, type: detailType }));
  return { heard, consumer };
};

describe('a consumer', () => {
  it('gets each event once, for any number of deliveries', async () => {
    const { heard, consumer } = recording();
    expect(await consumer(delivered(1))).toBe('handled');
    expect(await consumer(delivered(1))).toBe('repeated');
    expect(await consumer(delivered(2))).toBe('handled');
    expect(await consumer(delivered(1))).toBe('repeated');
    expect(heard.map(({ revision }) => revision)).toEqual([1, 2]);
  });

  it('learns of missing and late events', async () => {
    const { heard, consumer } = recording();
    for (const revision of [1, 4, 3, 5, 2]) await consumer(delivered(revision));
    expect(heard.map(({ revision, gap, isLate }) => [revision, gap, isLate])).toEqual([
      [1, [], false],
      [4, [2, 3], false],
      [3, [], true],
      [5, [], false],
      [2, [], true],
    ]);
  });

  it('that starts in the middle has no gap before its first event', async () => {
    const { heard, consumer } = recording();
    await consumer(delivered(40));
    expect(heard[0]).toMatchObject({ gap: [], isLate: false });
  });

  it('distinguishes an element that was created again', async () => {
    const { heard, consumer } = recording();
    await consumer(delivered(7));
    await consumer(delivered(1, { createdAt: '2026-02-01T00:00:00.000Z', eventId: 'anew' }));
    expect(heard[1]).toMatchObject({ revision: 1, isLate: false, gap: [] });
  });

  it('gets several events of one revision of a composition, in order', async () => {
    const { heard, consumer } = recording();
    const composition = (revision: number) => ({ executorId: 'executor://e/one', createdAt, revision });
    const bound = (id: string, revision: number) => {
      const { createdAt: _, revision: __, changed: ___, ...detail } = delivered(0).detail;
      const composed = { ...detail, eventId: `${id}${revision}`, id, composition: composition(revision) };
      return { ...delivered(0), 'detail-type': 'Image Bound', detail: composed };
    };
    await consumer(bound('image://library/a', 2));
    await consumer(bound('image://library/b', 2));
    await consumer(bound('image://library/a', 4));
    expect(heard.map(({ revision, gap, isLate }) => [revision, gap, isLate])).toEqual([
      [2, [], false],
      [2, [], false],
      [4, [3], false],
    ]);
  });

  it('gets an event again after its handler failed', async () => {
    let fails = true;
    const consumer = consume(() => {
      if (fails) throw new Error('not now');
    });
    await expect(consumer(delivered(1))).rejects.toThrow('not now');
    fails = false;
    expect(await consumer(delivered(1))).toBe('handled');
  });

  it('ignores foreign events and those of unknown versions, and refuses invalid ones', async () => {
    const { heard, consumer } = recording();
    expect(await consumer({ ...delivered(1), source: 'aws.s3' })).toBe('ignored');
    expect(await consumer(delivered(1, {}, 'Image Painted'))).toBe('ignored');
    expect(await consumer(delivered(1, { schemaVersion: 2 }))).toBe('ignored');
    await expect(consumer(delivered(1, { revision: 'one' }))).rejects.toThrow('detail.revision: ');
    await expect(consumer('nonsense')).rejects.toThrow('event: ');
    expect(heard).toEqual([]);
  });

  it('accepts additions of a later version', async () => {
    const { consumer } = recording();
    expect(await consumer(delivered(1, { colour: 'blue' }))).toBe('handled');
  });

  it('handles events of one record in sequence, and others concurrently', async () => {
    const order: string[] = [];
    const consumer = consume(async ({ detail }) => {
      order.push(`begin ${detail.eventId}`);
      await new Promise((settle) => setTimeout(settle, 5));
      order.push(`end ${detail.eventId}`);
    });
    const other = { id: 'image://library/other', eventId: 'other' };
    await Promise.all([consumer(delivered(1)), consumer(delivered(2)), consumer(delivered(1, other))]);
    expect(order.indexOf('end e1')).toBeLessThan(order.indexOf('begin e2'));
    expect(order.indexOf('begin other')).toBeLessThan(order.indexOf('end e1'));
  });
});

it('for any order and repeats, gets each event once, and learns which are missing', async () => {
  const deliveries = fc.array(fc.integer({ min: 1, max: 12 }), { minLength: 1, maxLength: 40 });
  await fc.assert(
    fc.asyncProperty(deliveries, async (revisions) => {
      const { heard, consumer } = recording();
      for (const revision of revisions) await consumer(delivered(revision));
      expect(heard.map(({ revision }) => revision)).toEqual([...new Set(revisions)]);
      const told = new Set(heard.flatMap(({ gap }) => gap));
      const late = heard.filter(({ isLate }) => isLate).map(({ revision }) => revision);
      const [first = 0] = revisions;
      for (let revision = first; revision <= Math.max(...revisions); revision += 1) {
        const isMissing = told.has(revision) && !late.includes(revision);
        expect(isMissing).toBe(!revisions.includes(revision));
      }
    }),
  );
});
