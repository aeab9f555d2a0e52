/** The sweeper and the verifier on the same upload, step by step. */
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { openStorehouse, type Storehouse } from '../storehouse.ts';
import { download, expectNothingLeft, MINUTE, read, someArchive, upload } from '../uploading.ts';

let storehouse: Storehouse;
beforeEach(async () => {
  // The sweeper logs rows that it could not finish.
  vi.spyOn(process.stderr, 'write').mockReturnValue(true);
  storehouse = await openStorehouse();
  await storehouse.call('POST', '/v1/locations', { name: 'volumes', kind: 'volume' });
});

const idOf = (name: string): string => `volume://volumes/${name}`;
/** Keeps the sweeper from the element, whose lease is also over, during the check of bytes. */
const later = new Error('later');

/** Blocks until it is opened. */
class Gate {
  open: () => void = () => {};
  readonly opened = new Promise<void>((resolve) => {
    this.open = resolve;
  });
}

/** An element whose data is verified, and which becomes ready on request. */
const aboutToBeReady = async (name: string) => {
  const [id, bytes] = [idOf(name), await someArchive()];
  await upload(storehouse, id, bytes);
  const [reached, accept] = [new Gate(), new Gate()];
  const verifier = storehouse.another({
    intercept: async (request, pass) => {
      if (request === 'TransactWriteItems') {
        reached.open();
        await accept.opened;
      }
      return pass();
    },
  });
  const verifying = verifier.verify(id);
  verifying.catch(() => {});
  await reached.opened;
  return { id, bytes, verifying, accept };
};

describe('the sweeper', () => {
  it('leaves bytes to an element that gets them first', async () => {
    const { id, bytes, verifying, accept } = await aboutToBeReady('first');
    let isReady = false;
    const sweeper = storehouse.another({
      intercept: async (name, pass) => {
        if (name === 'PutItem' && !isReady) {
          accept.open();
          await verifying;
          // Only now, because other sweeps would restart the verification.
          isReady = true;
        }
        if (name === 'TransactWriteItems' && !isReady) throw later;
        return pass();
      },
    });
    await sweeper.sweep(32 * MINUTE);
    expect(isReady).toBe(true);
    expect(await download(storehouse, id)).toEqual(Buffer.from(bytes));
    await expectNothingLeft(storehouse, id);
  });

  it('keeps an element from getting bytes that it took first: the data is verified again', async () => {
    const { id, bytes, verifying, accept } = await aboutToBeReady('last');
    const taken = new Gate();
    let isSettled = false;
    const sweeper = storehouse.another({
      intercept: async (name, pass) => {
        if (name === 'TransactWriteItems' && !isSettled) throw later;
        const answer = await pass();
        if (name === 'DeleteObject') taken.open();
        return answer;
      },
    });
    const sweeping = sweeper.sweep(32 * MINUTE).catch(() => {});
    await taken.opened;
    accept.open();
    await expect(verifying).rejects.toMatchObject({ code: 'unavailable' });
    expect(await read(storehouse, id)).toMatchObject({ body: { state: 'verifying' } });
    isSettled = true;
    await sweeping;
    await storehouse.sweep(32 * MINUTE);
    await storehouse.verify(id);
    expect(await download(storehouse, id)).toEqual(Buffer.from(bytes));
    await expectNothingLeft(storehouse, id);
  });

  it('retries lost verifications, and refuses data that nobody could read', async () => {
    const id = idOf('lost');
    await upload(storehouse, id, await someArchive());
    const attempts = new Set<string>();
    for (let minutes = 17; minutes < 17 * 5; minutes += 17) {
      attempts.add((await storehouse.dependencies.elements.get(id))?.upload?.verification?.attempt ?? '');
      await storehouse.sweep(minutes * MINUTE);
      expect(await read(storehouse, id)).toMatchObject({ body: { state: 'verifying' } });
    }
    expect(attempts.size).toBe(4);
    await storehouse.sweep(17 * 5 * MINUTE);
    const expected = {
      state: 'failed',
      problem: { code: 'data-error', detail: expect.stringContaining('5 attempts') },
    };
    expect(await read(storehouse, id)).toMatchObject({ body: expected });
    await expectNothingLeft(storehouse, id);
  });

  it('makes an attempt that was taken over do nothing, even after it has read everything', async () => {
    const id = idOf('late');
    const bytes = await someArchive();
    await upload(storehouse, id, bytes);
    const late = storehouse.another({
      intercept: async (name, pass) => {
        const answer = await pass();
        if (name === 'GetObject') await storehouse.sweep(17 * MINUTE);
        return answer;
      },
    });
    await late.verify(id);
    expect(await read(storehouse, id)).toMatchObject({ body: { state: 'verifying', revision: 3 } });
    await storehouse.verify(id);
    expect(await download(storehouse, id)).toEqual(Buffer.from(bytes));
    await expectNothingLeft(storehouse, id);
  });
});
