import { expect, it } from 'vitest';
import { lazily, loaded } from '../../lib/loaded.ts';

class Counter {
  #count = 0;

  async add(one: number, other: number): Promise<number> {
    this.#count += one + other;
    return this.#count;
  }
}

it('loads a port by the first call of a method, once for all calls, and not when the port is awaited', async () => {
  let loads = 0;
  const port = await lazily(async () => {
    loads += 1;
    return new Counter();
  });
  expect(loads).toBe(0);
  expect(await Promise.all([port.add(1, 2), port.add(3, 4)])).toEqual([3, 10]);
  expect(loads).toBe(1);
});

it('refuses by a promise if the port cannot be loaded', async () => {
  const port = lazily<Counter>(() => Promise.reject(new Error('no such file')));
  await expect(port.add(1, 2)).rejects.toThrow('no such file');
});

it('loads again after a failure', async () => {
  const answers = [Promise.reject(new Error('no space left')), Promise.resolve('there')];
  const load = loaded(() => answers.shift() as Promise<string>);
  await expect(load()).rejects.toThrow('no space left');
  expect(await Promise.all([load(), load()])).toEqual(['there', 'there']);
});
