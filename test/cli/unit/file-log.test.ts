import { appendFileSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FileLog } from '../../../cli/logs/file-log.ts';

const attempt = { executorId: 'executor://boxes/one', taskId: 'task://jobs/one', attempt: 1 };
const filter = { attempt, stream: 'stdout' } as const;

let directory: string;
let path: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'taskport-log-'));
  path = join(directory, 'app log');
});
afterEach(() => rmSync(directory, { recursive: true }));

const entry = (text: string, other: object = {}): string =>
  `${JSON.stringify({
    at: '2026-01-31T12:00:00Z',
    executor: attempt.executorId,
    task: attempt.taskId,
    attempt: 1,
    stream: 'stdout',
    text,
    ...other,
  })}\n`;

const rotate = (): void => {
  for (const [from, to] of [
    [`${path}.1`, `${path}.2`],
    [path, `${path}.1`],
  ] as const) {
    try {
      renameSync(from, to);
    } catch {
      // Fewer lines are there so far.
    }
  }
};

const read = async (): Promise<string[]> => {
  const texts: string[] = [];
  for await (const { text } of new FileLog().read(pathToFileURL(path).href, filter)) texts.push(text);
  return texts;
};

describe('a log in files', () => {
  it('contains the lines of the requested stream and attempt, and no others', async () => {
    const others = [
      { executor: 'executor://boxes/two' },
      { task: 'task://jobs/two' },
      { attempt: 2 },
      { stream: 'stderr' },
    ];
    writeFileSync(path, `${others.map((other) => entry('not this', other)).join('')}${entry('this ü')}`);
    expect(await read()).toEqual(['this ü']);
  });

  it('is read through its rotated files, the oldest first', async () => {
    for (const text of ['first', 'second', 'third']) {
      rotate();
      writeFileSync(path, entry(text));
    }
    expect(await read()).toEqual(['first', 'second', 'third']);
  });

  it('is read across chunks of a file, and past an incomplete line after a crash', async () => {
    const long = 'x'.repeat(200_000);
    writeFileSync(path, `${entry(long)}{"at": "2026\n${entry('after')}{"half`);
    expect(await read()).toEqual([long, 'after']);
  });

  it('is empty without a file', async () => {
    expect(await read()).toEqual([]);
  });

  it('is followed through rotations to its end, each line once', async () => {
    const ended = new AbortController();
    const texts: string[] = [];
    const following = (async () => {
      const lines = new FileLog().read(pathToFileURL(path).href, filter, { follow: ended.signal });
      for await (const { text } of lines) texts.push(text);
    })();
    const expected: string[] = [];
    const write = (text: string): void => {
      appendFileSync(path, entry(text));
      expected.push(text);
    };
    write('begins');
    await expect.poll(() => texts).toEqual(expected);
    write('before the rotation');
    rotate();
    write('after it');
    rotate();
    write('and after another');
    await expect.poll(() => texts).toEqual(expected);
    appendFileSync(path, entry('in two halves').slice(0, 20));
    appendFileSync(path, entry('in two halves').slice(20));
    ended.abort();
    await following;
    expect(texts).toEqual([...expected, 'in two halves']);
  });
});
