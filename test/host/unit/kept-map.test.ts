/** The entries that a host keeps across its kills, on a disk that fails. */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished, vi } from 'vitest';
import type { BridgeEvent } from '../../../infra/local/bus.ts';
import { KeptMap } from '../../../infra/local/kept-map.ts';
import { consumeEvents } from '../../../infra/local/triggers.ts';

const makePath = (): string => {
  const directory = mkdtempSync(join(tmpdir(), 'taskport-kept-'));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  return join(directory, 'pending.json');
};

it.each(['', '{"a":', 'null', '[1]'])('sets a damaged file aside: %j', (damaged) => {
  const [path, said] = [makePath(), [] as string[]];
  writeFileSync(path, damaged);
  const map = new KeptMap<number>(path, (problem) => said.push(problem));
  expect(map.entries()).toEqual([]);
  expect(readFileSync(`${path}.unreadable`, 'utf8')).toBe(damaged);
  expect(said).toEqual([expect.stringContaining(path)]);
  map.set('b', 2);
  expect(new KeptMap<number>(path).entries()).toEqual([['b', 2]]);
});

it('refuses an entry that it cannot write, and goes on if it cannot write a removal', () => {
  const [path, said] = [makePath(), [] as string[]];
  const map = new KeptMap<number>(path, (problem) => said.push(problem));
  map.set('a', 1);
  // Not even root can write a file over a directory.
  mkdirSync(`${path}.new`);
  expect(() => map.set('b', 2)).toThrow();
  expect(map.entries()).toEqual([['a', 1]]);
  map.delete('a');
  expect(map.entries()).toEqual([]);
  expect(said).toEqual([expect.stringContaining(path)]);
  rmSync(`${path}.new`, { recursive: true });
  map.set('c', 3);
  expect(new KeptMap<number>(path).entries()).toEqual([['c', 3]]);
  expect(existsSync(`${path}.unreadable`)).toBe(false);
});

it('handles events although their file cannot be written', async () => {
  const [path, handled] = [makePath(), [] as unknown[]];
  const pending = new KeptMap<BridgeEvent>(path, () => {});
  const told = vi.spyOn(console, 'error').mockImplementation(() => {});
  onTestFinished(() => told.mockRestore());
  mkdirSync(`${path}.new`);
  const { consume, stop } = consumeEvents(async (event) => handled.push(event), 0, pending);
  const event = { id: 'one' } as BridgeEvent;
  consume(event);
  await stop();
  expect(handled).toEqual([event]);
  expect(told).toHaveBeenCalled();
});
