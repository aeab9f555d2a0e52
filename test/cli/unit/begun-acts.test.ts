import { expect, it } from 'vitest';
import { BegunActs } from '../../../cli/run/begun-acts.ts';

const MANY = Array.from({ length: 3_000 }, (_, at) => `executor://machines/e${at}`);

/** Acts that end on request, in the order in which they began. */
const someActs = () => {
  const going: { readonly id: string; readonly end: (error?: Error) => void }[] = [];
  let most = 0;
  const acts = new BegunActs(MANY, async (id) => {
    await new Promise<void>((settle, fail) => {
      going.push({ id, end: (error) => (error ? fail(error) : settle()) });
      most = Math.max(most, going.length);
    });
    return `${id} ended`;
  });
  return { acts, going, most: () => most };
};

it('a command acts on some of many runs at a time, and on all of them even if one fails', async () => {
  const { acts, going, most } = someActs();
  going.shift()?.end(new Error('refused'));
  await expect(acts.of(MANY[0] as string)).rejects.toThrow('refused');
  for (const id of MANY.slice(1)) {
    const next = going.shift();
    expect(next?.id).toBe(id);
    next?.end();
    expect(await acts.of(id)).toBe(`${id} ended`);
  }
  expect(most()).toBe(50);
});

it('a command that ends acts on no further run, and waits for those that have begun', async () => {
  const { acts, going } = someActs();
  const ended = acts.end();
  for (const { end } of going) end();
  await ended;
  expect(going).toHaveLength(50);
});
