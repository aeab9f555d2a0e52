/** Logs in files. */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openFileSink } from '../../../cli/logs/file-sink.ts';

const at = '2030-01-31T12:00:00.000Z';
const one = { executorId: 'executor://boxes/box-1', taskId: 'task://jobs/main', attempt: 1 };
const other = { ...one, taskId: 'task://jobs/side', attempt: 2 };
const id = 'log://logs/all';

describe('a log that is a file', () => {
  let directory: string;
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'taskport-log-'));
  });
  afterEach(() => rmSync(directory, { recursive: true, force: true }));

  const texts = (path: string): string[] =>
    readFileSync(path, 'utf8')
      .split('\n')
      .slice(0, -1)
      .map((line) => JSON.parse(line).text);
  const lines = (...numbers: readonly number[]) => numbers.map((text) => ({ at, text: `line ${text}` }));

  it('has the lines of all tasks that share it, with their tasks', async () => {
    const open = openFileSink(join(directory, 'logs'));
    const path = join(directory, 'logs/logs/deep/all.log');
    const spec = { file: { path: 'deep/all.log' } };
    const [first, second] = [
      await open({ id, spec }, one, 'stdout'),
      await open({ id, spec }, other, 'stderr'),
    ];
    await Promise.all([first.write([{ at, text: 'ä "quoted"\t' }]), second.write(lines(1))]);
    await first.close();
    await second.write(lines(2));
    await second.close();
    expect(fileURLToPath(first.uri)).toBe(path);
    const read = readFileSync(path, 'utf8')
      .split('\n')
      .slice(0, -1)
      .map((line) => JSON.parse(line));
    expect(read).toEqual([
      { at, executor: one.executorId, task: one.taskId, attempt: 1, stream: 'stdout', text: 'ä "quoted"\t' },
      { at, executor: other.executorId, task: other.taskId, attempt: 2, stream: 'stderr', text: 'line 1' },
      { at, executor: other.executorId, task: other.taskId, attempt: 2, stream: 'stderr', text: 'line 2' },
    ]);
  });

  it('is in the runner’s directory by default', async () => {
    const sink = await openFileSink(join(directory, 'logs'))({ id, spec: {} }, one, 'stdout');
    await sink.write(lines(1));
    expect(sink.uri).toBe(`file://${directory}/logs/logs/all.log`);
    expect(texts(join(directory, 'logs/logs/all.log'))).toEqual(['line 1']);
    await sink.close();
  });

  it('is rotated: it keeps a fixed number of files of a limited size', async () => {
    const path = join(directory, 'logs/log');
    const sink = await openFileSink(directory)(
      { id, spec: { file: { path: 'log', maxSizeKiB: 1, maxFiles: 3 } } },
      one,
      'stdout',
    );
    const all = Array.from({ length: 100 }, (_, number) => number);
    await sink.write(lines(...all.slice(0, 50)));
    for (const number of all.slice(50)) await sink.write(lines(number));
    await sink.close();
    expect(existsSync(`${path}.3`)).toBe(false);
    for (const name of [path, `${path}.1`, `${path}.2`])
      expect(statSync(name).size).toBeLessThanOrEqual(1024);
    const kept = [`${path}.2`, `${path}.1`, path].flatMap(texts);
    expect(kept).toEqual(all.slice(-kept.length).map((number) => `line ${number}`));
    expect(kept.length).toBeGreaterThan(10);
  });

  it('starts again if it is limited to one file, and continues after a restart', async () => {
    const path = join(directory, 'logs/log');
    const spec = { file: { path: 'log', maxSizeKiB: 1 } };
    for (let number = 0; number < 20; number += 1) {
      const sink = await openFileSink(directory)({ id, spec }, one, 'stdout');
      await sink.write(lines(number));
      await sink.close();
    }
    expect(existsSync(`${path}.1`)).toBe(false);
    expect(statSync(path).size).toBeLessThanOrEqual(1024);
    expect(texts(path).at(-1)).toBe('line 19');
    expect(texts(path).length).toBeGreaterThan(1);
  });

  it('is only there, even for a log from an earlier version', async () => {
    const outside = join(directory, '.bashrc');
    for (const path of [outside, '../../.bashrc', '..']) {
      const sink = await openFileSink(join(directory, 'logs'))(
        { id, spec: { file: { path } } },
        one,
        'stdout',
      );
      await sink.write(lines(1));
      await sink.close();
      expect(sink.uri).toBe(`file://${directory}/logs/logs/all.log`);
    }
    expect(readdirSync(directory)).toEqual(['logs']);
    expect(texts(join(directory, 'logs/logs/all.log'))).toEqual(['line 1', 'line 1', 'line 1']);
  });

  it('is separate from the files of other locations', async () => {
    const open = openFileSink(join(directory, 'logs'));
    const spec = { file: { path: 'all.log' } };
    const sinks = await Promise.all(
      [id, 'log://others/all'].map((each) => open({ id: each, spec }, one, 'stdout')),
    );
    expect(sinks.map(({ uri }) => uri)).toEqual(
      ['logs', 'others'].map((location) => `file://${directory}/logs/${location}/all.log`),
    );
    for (const sink of sinks) await sink.close();
  });

  it('is not used for a log in CloudWatch', async () => {
    const spec = { cloudwatch: { group: '/jobs' } };
    await expect(openFileSink(directory)({ id, spec }, one, 'stdout')).rejects.toThrow('CloudWatch');
  });
});
