/** The maps in files of the local host, after a power failure and on a full disk. */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { BridgeEvent } from '../../../infra/local/bus.ts';
import { KeptMap } from '../../../infra/local/kept-map.ts';
import { consumeEvents } from '../../../infra/local/triggers.ts';

let directory: string;
let path: string;
const told = vi.spyOn(console, 'error');
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'taskport-kept-'));
  path = join(directory, 'kept.json');
  told.mockReset();
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const entries = (): object => Object.fromEntries(new KeptMap<number>(path).entries());

it('a map has its entries after a kill', () => {
  const map = new KeptMap<number>(path);
  map.set('a', 1);
  map.set('b', 2);
  map.delete('a');
  expect(entries()).toEqual({ b: 2 });
});

it.each(['', '{"a":1,"b', '\0\0\0\0'])(
  'a file with the content %j is set aside, and its path is told',
  (content) => {
    writeFileSync(path, content);
    expect(entries()).toEqual({});
    expect(told).toHaveBeenCalledWith(expect.stringContaining(`${path}.unreadable`));
    expect(readdirSync(directory)).toEqual(['kept.json.unreadable']);
    expect(readFileSync(`${path}.unreadable`, 'utf8')).toBe(content);
    new KeptMap<number>(path).set('c', 3);
    expect(entries()).toEqual({ c: 3 });
  },
);

it('an entry that cannot be written is not there; one that cannot be removed from the file is gone with the next change', () => {
  const map = new KeptMap<number>(path);
  map.set('a', 1);
  const kept = readFileSync(path);
  rmSync(directory, { recursive: true });
  expect(() => map.set('b', 2)).toThrow('ENOENT');
  expect(map.has('b')).toBe(false);
  map.delete('a');
  expect(map.has('a')).toBe(false);
  expect(told).toHaveBeenCalledWith(expect.stringContaining(path));
  mkdirSync(directory);
  writeFileSync(path, kept);
  map.set('c', 3);
  expect(entries()).toEqual({ c: 3 });
});

it('events are handled although their file cannot be written', async () => {
  const handled: unknown[] = [];
  const pending = new KeptMap<BridgeEvent>(path);
  rmSync(directory, { recursive: true });
  const { consume, stop } = consumeEvents(async (event) => handled.push(event), 0, pending);
  const event = { id: 'one' } as BridgeEvent;
  consume(event);
  await stop();
  expect(handled).toEqual([event]);
});
