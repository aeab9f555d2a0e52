import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  chmodSync,
  linkSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { archive, file, hardLink, header, oldSparse, paxSparse } from '../archives/tar-bytes.ts';
import { frame, skippable } from '../archives/zstd-bytes.ts';
import { archiveOf } from '../uploading.ts';
import { type Run, startCommandLine } from './command-line.ts';
import { digestOf } from './image-layout.ts';

const MIB = 2 ** 20;
const directory = mkdtempSync(join(tmpdir(), 'taskport-transfers-'));
const inside = (...path: string[]): string => join(directory, ...path);
const env = { XDG_CACHE_HOME: inside('cache') };

let run: Run;
let stop: () => Promise<void>;
beforeAll(async () => {
  const started = await startCommandLine();
  stop = started.stop;
  run = (args, circumstances = {}) => started.run(args, { ...circumstances, env });
  for (const kind of ['image', 'volume', 'task'])
    await run(['location', 'create', `${kind}s`, '--kind', kind]);
});
afterAll(async () => {
  await stop();
  rmSync(directory, { recursive: true });
});

describe('a directory', () => {
  it('is pushed with modes and links, and comes back by a pull', async () => {
    const [from, onto] = [inside('tree'), inside('unpacked')];
    mkdirSync(join(from, 'bin'), { recursive: true });
    mkdirSync(join(from, 'empty'));
    mkdirSync(onto);
    writeFileSync(join(from, 'bin', 'tool'), randomBytes(300_000));
    chmodSync(join(from, 'bin', 'tool'), 0o4755);
    linkSync(join(from, 'bin', 'tool'), join(from, 'bin', 'twin'));
    symlinkSync('bin/tool', join(from, 'link'));
    writeFileSync(join(from, 'x'.repeat(200)), 'a long name');
    const pushed = await run(['volume', 'push', 'volumes/tree', from, '--rw', 'note=mine', '--json']);
    expect(pushed).toMatchObject({ code: 0, err: '' });
    expect(pushed.json).toMatchObject([
      { id: 'volume://volumes/tree', state: 'ready', metadata: { rw: { note: 'mine' } } },
    ]);
    const pulled = await run(['volume', 'pull', 'volumes/tree', inside('tree.tar'), '--json']);
    expect(pulled.json).toMatchObject([{ size: pushed.json[0].size, checksum: pushed.json[0].checksum }]);
    execFileSync('tar', ['-xpf', inside('tree.tar'), '-C', onto]);
    execFileSync('diff', ['-r', '--no-dereference', from, onto]);
    const tool = lstatSync(join(onto, 'bin', 'tool'));
    expect(tool.mode & 0o7777).toBe(0o4755);
    expect(lstatSync(join(onto, 'bin', 'twin')).ino).toBe(tool.ino);
    expect(Math.floor(tool.mtimeMs / 1000)).toBe(
      Math.floor(lstatSync(join(from, 'bin', 'tool')).mtimeMs / 1000),
    );
    // The same directory gives the same data, which is not sent again.
    const again = await run(['volume', 'push', 'volumes/tree', from, '--json']);
    expect(again.json).toMatchObject([
      { revision: pushed.json[0].revision, checksum: pushed.json[0].checksum },
    ]);
  });
});

describe('an archive', () => {
  const half = 'x'.repeat(4096);
  const pieces = Array.from(
    { length: 12 },
    (_, at) => [at * 1_000_000 - ((at * 1_000_000) % 512), half] as const,
  );
  const size = (pieces.at(-1)?.[0] ?? 0) + half.length;
  const after = file('after', 'hi\n');

  it.each([
    ['with holes, by `tar -S`', () => archive(oldSparse('log', pieces, size), after), size + 3],
    [
      'with holes, by `tar --format=posix -S`',
      () => archive(paxSparse('1.0', 'log', pieces, size), after),
      size + 3,
    ],
    ['by pzstd', () => Buffer.concat([skippable('abcd'), frame(archive(after))]), 3],
    [
      'by `umoci insert`',
      () => Buffer.concat([after, header({ name: 'last', size: 5 }), Buffer.from('hello')]),
      8,
    ],
    ['that packs to a thousandth', () => gzipSync(archive(file('zeros', Buffer.alloc(70 * MIB)))), 70 * MIB],
    [
      'that is too much for one call',
      () => gzipSync(archive(file('zeros', Buffer.alloc(300 * MIB)))),
      300 * MIB,
    ],
  ])('is pushed, and its unpacked size counts: %s', async (name, make, unpackedSize) => {
    writeFileSync(inside('made.tar'), make());
    const id = `images/${digestOf(Buffer.from(name)).slice(7, 20)}`;
    const pushed = await run(['image', 'push', id, inside('made.tar'), '--json']);
    expect(pushed).toMatchObject({ code: 0, err: '', json: [{ state: 'ready', unpackedSize }] });
  });

  it('that cannot be unpacked is refused, with the entry and a remedy', async () => {
    writeFileSync(inside('bad.tar'), archive(file('fine'), hardLink('link', 'lower')));
    const pushed = await run(['image', 'push', 'images/bad', inside('bad.tar')]);
    expect(pushed).toMatchObject({
      code: 1,
      err: expect.stringContaining('"link" is a hard link to "lower"'),
    });
    expect(pushed.err).toContain('put both into one archive');
  });
});

describe('an existing element', () => {
  it('is accepted with the same metadata, and refused with other metadata', async () => {
    writeFileSync(inside('data.tar'), await archiveOf({ name: 'data', content: 'data' }));
    const push = (...more: string[]) => run(['image', 'push', 'images/there', inside('data.tar'), ...more]);
    writeFileSync(inside('icon'), Uint8Array.of(0xff, 0xfe));
    const asked = ['--ro', 'os=linux', '--ro', `icon=@${inside('icon')}`, '--free-space', '64'];
    expect(await push(...asked)).toMatchObject({ code: 0 });
    expect(await push(...asked)).toMatchObject({ code: 0 });
    expect(await push('--ro', 'os=windows', '--rw', 'q=1')).toMatchObject({
      code: 1,
      out: '',
      err: expect.stringContaining('name-collision: image://images/there exists already'),
    });
    expect((await push('--ro', 'os=windows', '--rw', 'q=1')).err).toContain('(ro.os, rw.q)');
    expect((await push('--free-space', '65')).err).toContain('(freeSpace)');
  });
});

describe('the data of a volume', () => {
  it('is replaced on request; other changes in the same command are refused', async () => {
    for (const name of ['former', 'latter'])
      writeFileSync(inside(name), await archiveOf({ name, content: name }));
    await run(['volume', 'push', 'volumes/changing', inside('former')]);
    expect(await run(['volume', 'push', 'volumes/changing', inside('latter')])).toMatchObject({ code: 1 });
    const push = ['volume', 'push', 'volumes/changing', inside('latter'), '--replace', '--json'];
    expect((await run(push)).json).toMatchObject([{ checksum: digestOf(readFileSync(inside('latter'))) }]);
    expect(await run([...push, '--rw', 'a=b'])).toMatchObject({ code: 2, out: '' });
  });
});

describe('a file', () => {
  it('is pushed in one piece of any size, with its progress for people', async () => {
    writeFileSync(inside('large.tar'), await archiveOf({ name: 'file', content: randomBytes(9 * 2 ** 20) }));
    const pushed = await run(['image', 'push', 'images/large', inside('large.tar')], { isWatched: true });
    expect(pushed.code).toBe(0);
    expect(pushed.err).toMatch(/image:\/\/images\/large: sending \d.* of 9\.0 MiB, .*\/s/);
    const pulled = await run(['image', 'pull', 'images/large', inside('back.tar'), '--format', 'layer']);
    expect(pulled).toMatchObject({ code: 0, err: '' });
    expect(readFileSync(inside('back.tar')).equals(readFileSync(inside('large.tar')))).toBe(true);
  });

  it('with a known checksum is not read to compute it, but must match it', async () => {
    const data = await archiveOf({ name: 'big', content: randomBytes(5 * 2 ** 20) });
    writeFileSync(inside('known.tar'), data);
    const push = (name: string, checksum: string, path = inside('known.tar')) =>
      run(['image', 'push', name, path, '--checksum', checksum], { isWatched: true });
    const known = await push('images/known', digestOf(data));
    expect(known).toMatchObject({ code: 0 });
    expect(known.err).toContain('sending');
    expect(known.err).not.toContain('reading');
    const wrong = await push('images/wrong', digestOf(Buffer.from('another')));
    expect(wrong).toMatchObject({ code: 1 });
    expect(wrong.err).toContain('checksum-mismatch');
    expect(await push('images/tree', digestOf(data), inside('tree'))).toMatchObject({ code: 2 });
  });

  it('whose upload is interrupted is reported as resumable, and resumes', async () => {
    writeFileSync(inside('wide.tar'), await archiveOf({ name: 'wide', content: randomBytes(9 * 2 ** 20) }));
    const push = (signal = new AbortController().signal, onErr = (_: string) => {}) =>
      run(['image', 'push', 'images/wide', inside('wide.tar')], { signal, onErr, isWatched: true });
    const interruption = new AbortController();
    const ended = await push(interruption.signal, (said) => {
      if (said.includes('sending')) interruption.abort();
    });
    expect(ended).toMatchObject({ code: 130, out: '' });
    expect(ended.err).toMatch(/interrupted; run the same command again to continue\n$/);
    expect(await push()).toMatchObject({ code: 0 });
    const pulling = new AbortController();
    const pulled = await run(['image', 'pull', 'images/wide', inside('wide.back'), '--format', 'layer'], {
      signal: pulling.signal,
      isWatched: true,
      onErr: (said) => said.includes('receiving') && pulling.abort(),
    });
    expect(pulled.code).toBe(130);
    expect(pulled.err).toContain(`interrupted; ${inside('wide.back')} is not written\n`);
  });

  it('is fetched into a file, in an existing directory', async () => {
    const pull = (file: string) => run(['volume', 'pull', 'volumes/tree', file]);
    expect(await pull(directory)).toMatchObject({
      code: 2,
      err: `taskport: ${directory} is a directory; name a file\n`,
    });
    expect((await pull(inside('nowhere/'))).err).toContain('/nowhere/ is a directory; name a file');
    expect(await pull(inside('nowhere', 'tree.tar'))).toMatchObject({
      code: 2,
      err: `taskport: there is no directory ${inside('nowhere')}\n`,
    });
  });

  it('is written to standard output unchanged', async () => {
    writeFileSync(inside('script'), 'echo hello\n');
    expect((await run(['task', 'push', 'tasks/script', inside('script')])).code).toBe(0);
    expect(await run(['task', 'pull', 'tasks/script', '-'])).toMatchObject({ code: 0, out: 'echo hello\n' });
  });

  it('that is no archive is refused as data of an image', async () => {
    writeFileSync(inside('script'), 'echo hello\n');
    const { code, err } = await run(['image', 'push', 'images/script', inside('script')]);
    expect(code).toBe(1);
    expect(err).toContain('unsupported-data-format');
    expect(await run(['image', 'push', 'images/none', inside('none')])).toMatchObject({ code: 2, out: '' });
  });
});
