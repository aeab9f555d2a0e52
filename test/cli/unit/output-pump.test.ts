import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import { expect, it, onTestFinished, vi } from 'vitest';
import { DirectoryWatch } from '../../../cli/runc/directory-watch.ts';
import { OutputPump, prepareStream } from '../../../cli/runc/output-pump.ts';
import { PATIENCE } from '../../patience.ts';

it('ends, and leaves no file open, however early it is let go of', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'taskport-pump-'));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  await prepareStream(directory, 'stdout');
  const sink = { uri: '', write: async () => {}, close: async () => {} };
  for (let turns = 0; turns < 8; turns += 1) {
    const watch = new DirectoryWatch(directory);
    const abort = new AbortController();
    const pump = new OutputPump(directory, 'stdout', async () => sink, watch, abort.signal);
    const ended = vi.fn();
    void pump.run(() => false).then(ended, ended);
    for (let at = 0; at < turns; at += 1) await turn();
    abort.abort();
    watch.touch();
    watch.close();
    await vi.waitFor(() => expect([turns, ended.mock.calls.length]).toEqual([turns, 1]), PATIENCE);
  }
});

it('gives back the room that it has from a log which lacks it', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'taskport-pump-'));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  await prepareStream(directory, 'stdout');
  const path = join(directory, 'stdout');
  const text = 'x'.repeat(1023);
  writeFileSync(path, `${text}\n`.repeat(2048));
  const room = () => statSync(path).blocks * 512;
  const full = room();
  let written = 0;
  const write = async (lines: readonly unknown[]) => {
    if (written >= 1024 && room() > full / 2 + 2 ** 18) throw new Error('no space left');
    written += lines.length;
  };
  const watch = new DirectoryWatch(directory);
  onTestFinished(() => watch.close());
  const sink = { uri: '', write, close: async () => {} };
  const { signal } = new AbortController();
  await new OutputPump(directory, 'stdout', async () => sink, watch, signal).run(() => true);
  expect(written).toBe(2048);
});
