/** A pushed directory keeps its attributes, and the command names those that it cannot keep. */
import { execFileSync, spawnSync } from 'node:child_process';
import {
  appendFileSync,
  chmodSync,
  chownSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { packDirectory } from '../../cli/push/packed-directory.ts';
import { titled } from '../bundle.ts';
import { usePushes } from './pushing.ts';
import { missing, readArchive } from './read-archive.ts';

const { inside, run } = usePushes();

/** A new directory; answers its path. */
const make = (name: string): string => {
  mkdirSync(inside(name));
  return inside(name);
};
const bytes = (path: string, name: Buffer): Buffer => Buffer.concat([Buffer.from(`${path}/`), name]);

/** Pushes a directory as a volume, pulls it, and unpacks it by GNU tar; answers the messages and the paths. */
const around = async (path: string): Promise<{ said: string; archive: string; onto: string }> => {
  const name = path.slice(path.lastIndexOf('/') + 1);
  const pushed = await run(['volume', 'push', `volumes/${name}`, path]);
  expect({ code: pushed.code, err: pushed.code === 0 ? '' : pushed.err }).toEqual({ code: 0, err: '' });
  const archive = `${path}.tar`;
  expect(await run(['volume', 'pull', `volumes/${name}`, archive])).toMatchObject({ code: 0 });
  const onto = `${path}.back`;
  mkdirSync(onto);
  // Times long ago and in the future are intended.
  const how = ['--warning=no-timestamp', '--xattrs', '--xattrs-include=*'];
  execFileSync('tar', [...how, '-xpf', archive, '-C', onto]);
  return { said: pushed.err, archive, onto };
};

const tools = missing('setfattr', 'getfattr', 'setcap', 'tar');
describe.skipIf(tools !== undefined)(titled('extended attributes', tools), () => {
  it('are kept: capabilities of files, and user attributes, text or not', async () => {
    const path = make('attributed');
    writeFileSync(join(path, 'ping'), 'ping');
    const odd = bytes(path, Buffer.from('caf\xe9', 'latin1'));
    writeFileSync(odd, 'x');
    mkdirSync(join(path, 'place'));
    execFileSync('setcap', ['cap_net_raw+ep', join(path, 'ping')]);
    execFileSync('setfattr', ['-n', 'user.note', '-v', '0x00ff0a3d00', join(path, 'ping')]);
    execFileSync('setfattr', ['-n', 'user.empty', join(path, 'place')]);
    execFileSync('sh', ['-c', 'setfattr -n user.odd -v "" "$1"/caf*', 'sh', path]);
    execFileSync('setfattr', ['-n', 'user.root', '-v', 'me', path]);
    const { said, onto } = await around(path);
    expect(said).toBe('');
    const dump = (root: string) =>
      execFileSync('getfattr', ['-R', '-P', '-d', '-m', '-', '-e', 'hex', '.'], {
        cwd: root,
        encoding: 'latin1',
      });
    expect(dump(onto)).toBe(dump(path));
    expect(dump(onto)).toContain('security.capability=');
  });

  it('that are specific to this machine, or have no name in an archive, are reported by name', async () => {
    const path = make('unkept');
    for (const name of ['a', 'b']) {
      writeFileSync(join(path, name), name);
      execFileSync('setfattr', ['-n', 'trusted.mine', '-v', '1', join(path, name)]);
    }
    execFileSync('setfattr', ['-n', 'user.a=b', '-v', '1', join(path, 'a')]);
    execFileSync('setfattr', ['-n', 'user.kept', '-v', '1', join(path, 'a')]);
    const { said, onto } = await around(path);
    expect(said.trim().split('\n')).toEqual([
      `left out: trusted.mine of 2 files, the first of which is ${path}/a`,
      `left out: user.a=b of ${path}/a`,
    ]);
    const kept = execFileSync('getfattr', ['-d', 'a'], { cwd: onto, encoding: 'utf8' });
    expect(kept).toContain('user.kept="1"');
    // With --json each is a line of JSON.
    const { err } = await run(['volume', 'push', 'volumes/unkept', path, '--json']);
    expect(
      err
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line)),
    ).toEqual(
      said
        .trim()
        .split('\n')
        .map((warning) => ({ warning })),
    );
  });
});

describe('a directory', () => {
  it('keeps times before 1970 and after 2038, to the nanosecond', async () => {
    const path = make('times');
    const times = [
      '1965-03-01T00:00:00Z',
      '1969-12-31T23:59:58.25Z',
      '2001-02-03T04:05:06.123456789Z',
      '2040-01-01T00:00:00Z',
    ];
    for (const [at, time] of times.entries()) {
      writeFileSync(join(path, `${at}`), 'a');
      execFileSync('touch', ['-d', time, join(path, `${at}`)]);
    }
    symlinkSync('0', join(path, 'link'));
    execFileSync('touch', ['-h', '-d', times[2] as string, join(path, 'link')]);
    const { onto } = await around(path);
    const timesIn = (root: string) =>
      readdirSync(root).map((name) => lstatSync(join(root, name), { bigint: true }).mtimeNs);
    expect(timesIn(onto)).toEqual(timesIn(path));
    expect(timesIn(path).filter((time) => time < 0n)).toHaveLength(2);
  });

  it('keeps names and targets of any bytes and any length, and both kinds of links', async () => {
    const path = make('named');
    const deep = Buffer.from(`${'d\xe9'.repeat(60)}`, 'latin1');
    mkdirSync(bytes(path, deep));
    const names = [
      Buffer.from('caf\xe9.txt', 'latin1'),
      Buffer.from('café'),
      Buffer.from('two\nlines'),
      Buffer.from('x'.repeat(255)),
    ];
    for (const name of names) writeFileSync(bytes(path, name), name);
    writeFileSync(bytes(path, Buffer.concat([deep, Buffer.from('/'), names[0] as Buffer])), 'deep');
    symlinkSync(names[0] as Buffer, join(path, 'link'));
    symlinkSync(Buffer.concat([deep, Buffer.from('/'), names[0] as Buffer]), join(path, 'long-link'));
    linkSync(bytes(path, names[0] as Buffer), bytes(path, Buffer.from('twin\xe8', 'latin1')));
    execFileSync('mkfifo', [join(path, 'pipe')]);
    const { said, onto } = await around(path);
    expect(said).toBe('');
    const found = (root: string) =>
      execFileSync('sh', ['-c', 'find . -printf "%P %y %l %m %s %n\\0" | LC_ALL=C sort -z'], {
        cwd: root,
      }).toString('latin1');
    // The size of a directory depends on its file system.
    const entries = (root: string) =>
      found(root)
        .split('\0')
        .filter((each) => !/^\S* d /.test(each));
    expect(entries(onto)).toEqual(entries(path));
    expect(lstatSync(bytes(onto, names[0] as Buffer)).nlink).toBe(2);
    expect(readlinkSync(join(onto, 'link'), 'buffer')).toEqual(names[0]);
  });

  it('keeps its attributes as the root of a volume; the root of an image belongs to root, with a report if it did not', async () => {
    const path = make('rooted');
    writeFileSync(join(path, 'file'), 'x');
    chmodSync(path, 0o700);
    const { said, onto } = await around(path);
    expect(said).toBe('');
    expect(lstatSync(onto).mode & 0o777).toBe(0o700);
    const { uid, gid } = lstatSync(path);
    expect(await run(['image', 'push', 'images/rooted', path])).toMatchObject({
      code: 0,
      err: `left out: ${path} itself (owner ${uid}:${gid}, mode 700): the root of an image is 0:0, 755\n`,
    });
    chmodSync(path, 0o755);
    if (uid === 0) expect((await run(['image', 'push', 'images/rooted', path])).err).toBe('');
  });

  it('gives the same archive for the same content, written in any order', async () => {
    const [one, other] = [make('one'), make('other')];
    const names = ['b', 'a', 'Z', 'a.b', 'é', '10', '9'];
    for (const name of names) writeFileSync(join(one, name), name);
    execFileSync('cp', ['-a', ...names.reverse().map((name) => join(one, name)), other]);
    execFileSync('touch', ['-r', one, other]);
    const pushed = await Promise.all(
      [one, other].map((path, at) => run(['volume', 'push', `volumes/same-${at}`, path, '--json'])),
    );
    const [first, second] = pushed.map(({ json }) => json[0].checksum);
    expect(first).toBe(second);
  });

  it('is packed without sockets and devices, which are reported', async () => {
    const path = make('special');
    writeFileSync(join(path, 'plain'), 'x');
    const server = createServer().listen(join(path, 'socket'));
    await new Promise((listening) => server.once('listening', listening));
    const isRoot = process.getuid?.() === 0;
    if (isRoot) execFileSync('mknod', [join(path, 'null'), 'c', '1', '3']);
    const { said, onto } = await around(path);
    server.close();
    expect(said).toBe(
      `${isRoot ? `left out: ${path}/null is a device\n` : ''}left out: ${path}/socket is a socket\n`,
    );
    expect(readdirSync(onto)).toEqual(['plain']);
  });
});

/** Packs a directory; `meanwhile` runs after its first bytes, before the end of its first file. */
const pack = async (path: string, meanwhile: () => void): Promise<{ archive: string; said: string[] }> => {
  const said: string[] = [];
  const pieces: Buffer[] = [];
  for await (const piece of packDirectory(path, { root: false }, (line) => said.push(line))) {
    if (pieces.length === 0) meanwhile();
    pieces.push(piece);
  }
  const archive = `${path}.tar`;
  writeFileSync(archive, Buffer.concat(pieces));
  return { archive, said };
};
const LARGE = 5 * 2 ** 20 + 100;
const makeLarge = (name: string): string => {
  const path = make(name);
  writeFileSync(join(path, 'a.log'), Buffer.alloc(LARGE, 'a'));
  writeFileSync(join(path, 'z'), 'last');
  return path;
};

describe('a file that changes while it is packed', () => {
  it('keeps its former size if it grows', async () => {
    const path = makeLarge('growing');
    const { archive, said } = await pack(path, () => appendFileSync(join(path, 'a.log'), 'more'));
    expect(said).toEqual([`${path}/a.log grew while it was read: its first ${LARGE} bytes are packed`]);
    execFileSync('tar', ['-xf', archive, '-C', make('growing.back')]);
    expect(readFileSync(inside('growing.back', 'a.log')).equals(Buffer.alloc(LARGE, 'a'))).toBe(true);
    expect(readFileSync(inside('growing.back', 'z'), 'utf8')).toBe('last');
  });

  it('is padded if it shrinks', async () => {
    const path = makeLarge('shrinking');
    const left = 3 * 2 ** 20;
    const { archive, said } = await pack(path, () => truncateSync(join(path, 'a.log'), left));
    expect(said).toEqual([
      `${path}/a.log shrank while it was read: its last ${LARGE - left} bytes are zeros`,
    ]);
    execFileSync('tar', ['-xf', archive, '-C', make('shrinking.back')]);
    const expected = Buffer.concat([Buffer.alloc(left, 'a'), Buffer.alloc(LARGE - left)]);
    expect(readFileSync(inside('shrinking.back', 'a.log')).equals(expected)).toBe(true);
    expect(readFileSync(inside('shrinking.back', 'z'), 'utf8')).toBe('last');
  });

  it('is reported if it keeps its size', async () => {
    const path = makeLarge('changing');
    const { said } = await pack(path, () => writeFileSync(join(path, 'a.log'), Buffer.alloc(LARGE, 'b')));
    expect(said).toEqual([`${path}/a.log was changed while it was read`]);
  });

  it('is left out and reported if it is deleted', async () => {
    const path = makeLarge('going');
    const { archive, said } = await pack(path, () => rmSync(join(path, 'z')));
    expect(said).toEqual([`left out: ${path}/z is gone since it was listed`]);
    expect(execFileSync('tar', ['-tf', archive], { encoding: 'utf8' })).toBe('a.log\n');
  });

  it('is refused by name if it cannot be read', async () => {
    const path = make('closed');
    mkdirSync(join(path, 'open'));
    writeFileSync(join(path, 'open', 'two\nlines'), 'x', { mode: 0o000 });
    chmodSync(inside(), 0o755);
    const isRoot = process.getuid?.() === 0;
    if (isRoot) process.seteuid?.(65534);
    try {
      await expect(pack(path, () => {})).rejects.toThrow(`${path}/open/two\\x0alines cannot be read: EACCES`);
    } finally {
      if (isRoot) process.seteuid?.(0);
    }
  });
});

const cannotMount = (): string | undefined => {
  const [from, onto] = [make('mount-from'), make('mount-onto')];
  if (spawnSync('mount', ['--bind', from, onto]).status !== 0) return 'nothing can be mounted here';
  spawnSync('umount', [onto]);
  return undefined;
};
const noMount = cannotMount();
it.skipIf(noMount !== undefined)(
  titled('a directory with a bind mount of itself is packed once', noMount),
  async () => {
    const path = make('round');
    mkdirSync(join(path, 'loop'));
    writeFileSync(join(path, 'file'), 'x');
    execFileSync('mount', ['--bind', path, join(path, 'loop')]);
    try {
      const { archive, said } = await pack(path, () => {});
      expect(said).toEqual([`left out: ${path}/loop is a directory that it is in itself`]);
      expect(execFileSync('tar', ['-tf', archive], { encoding: 'utf8' })).toBe('file\n');
    } finally {
      execFileSync('umount', [join(path, 'loop')]);
    }
  },
);

const python = missing('python3');
it.skipIf(python !== undefined || process.getuid?.() !== 0)(
  titled('owners with large IDs are kept', python),
  async () => {
    const path = make('owned');
    writeFileSync(join(path, 'far'), 'x');
    chownSync(join(path, 'far'), 4_000_000_000, 3_000_000);
    const { archive } = await pack(path, () => {});
    expect(readArchive(archive)).toMatchObject([{ uid: 4_000_000_000, gid: 3_000_000 }]);
  },
);
