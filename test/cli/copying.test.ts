/** `cp`, from and to a volume, as Docker users type it. */
import { execFile } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  linkSync,
  lstatSync,
  lutimesSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { archive, file, symlink } from '../archives/tar-bytes.ts';
import { archiveOf } from '../uploading.ts';
import { COMMAND, type Run, startCommandLine } from './command-line.ts';

const directory = mkdtempSync(join(tmpdir(), 'taskport-copying-'));
let run: Run;
let url: string;
let stop: () => Promise<void>;
let volume: string;
let here: string;
let made = 0;
beforeAll(async () => {
  ({ run, stop, url } = await startCommandLine());
  for (const kind of ['image', 'volume', 'executor'])
    await run(['location', 'create', `${kind}s`, '--kind', kind]);
});
afterAll(async () => {
  await stop();
  rmSync(directory, { recursive: true });
});
beforeEach(async () => {
  made += 1;
  volume = `volumes/v${made}`;
  here = join(directory, String(made));
  mkdirSync(here);
  expect((await run(['volume', 'create', volume])).code).toBe(0);
});

/** Writes files by their paths below the test's directory. */
const write = (...files: readonly (readonly [path: string, content: string])[]): void => {
  for (const [path, content] of files) {
    mkdirSync(dirname(join(here, path)), { recursive: true });
    writeFileSync(join(here, path), content);
  }
};
const cp = async (...args: readonly string[]): Promise<void> => {
  const { code, err } = await run(['cp', ...args]);
  expect({ code, err }).toEqual({ code: 0, err: '' });
};
const refusal = async (...args: readonly string[]): Promise<string> => {
  const { code, err } = await run(['cp', ...args]);
  expect(code).not.toBe(0);
  return err;
};
/** The tree at a path of this machine, with types. */
const seen = (path: string, name = '', inodes = new Map<number, string>()): Record<string, unknown> => {
  const found = lstatSync(path);
  const mtime = Math.floor(found.mtimeMs);
  if (found.isSymbolicLink()) return { [name]: { link: readlinkSync(path), mtime } };
  const mode = found.mode & 0o777;
  if (found.isDirectory())
    return readdirSync(path).reduce<Record<string, unknown>>(
      (all, each) => Object.assign(all, seen(join(path, each), `${name}/${each}`, inodes)),
      { [name]: { mode, mtime } },
    );
  const first = inodes.get(found.ino) ?? name;
  inodes.set(found.ino, first);
  return { [name]: { mode, mtime, first, content: readFileSync(path).toString('hex') } };
};
/** The files of the volume, with their contents. */
const held = async (): Promise<Record<string, string>> => {
  const onto = join(here, `held-${Math.random()}`);
  mkdirSync(onto);
  await cp(`${volume}:/.`, onto);
  const files = Object.entries(seen(onto)).flatMap(([path, is]) => {
    const { content, link } = is as { content?: string; link?: string };
    return content === undefined && link === undefined
      ? []
      : [[path, link ?? Buffer.from(content as string, 'hex').toString()]];
  });
  return Object.fromEntries(files);
};

type Node = { readonly mode: number; readonly time: number } & (
  | { readonly content: Uint8Array }
  | { readonly target: string }
  | { readonly linked: true }
  | { readonly below: Readonly<Record<string, Node>> }
);
const name = fc.oneof(
  fc.stringMatching(/^[a-z]{1,8}$/),
  fc.constantFrom('ä b', '-', '...', 'x'.repeat(120), 'quote"', 'new\nline', 'a:b'),
);
const facts = { mode: fc.constantFrom(0o644, 0o600, 0o755, 0o400), time: fc.integer({ min: 0, max: 4e9 }) };
const { tree } = fc.letrec<{ tree: Node }>((tie) => ({
  tree: fc.record({
    ...facts,
    mode: fc.constantFrom(0o755, 0o700),
    below: fc.dictionary(
      name,
      fc.oneof(
        { maxDepth: 3 },
        fc.record({ ...facts, content: fc.uint8Array({ maxLength: 2000 }) }),
        fc.record({ ...facts, target: fc.constantFrom('..', '/etc/passwd', 'nowhere', '../../..') }),
        fc.record({ ...facts, linked: fc.constant(true as const) }),
        tie('tree'),
      ),
      { maxKeys: 5, noNullPrototype: true },
    ),
  }) as fc.Arbitrary<Node>,
}));
const lay = (path: string, node: Node, files: string[] = []): void => {
  if ('below' in node) {
    mkdirSync(path);
    for (const [each, below] of Object.entries(node.below)) lay(join(path, each), below, files);
  } else if ('target' in node) {
    symlinkSync(node.target, path);
    lutimesSync(path, node.time, node.time);
    return;
  } else if ('linked' in node && files[0] !== undefined) {
    linkSync(files[0], path);
    return;
  } else {
    writeFileSync(path, 'content' in node ? node.content : '');
    files.push(path);
  }
  chmodSync(path, node.mode);
  utimesSync(path, node.time, node.time);
};

it('copies files in and out again, and changes nothing else', async () => {
  write(['other/kept', 'as it is']);
  await cp(join(here, 'other'), `${volume}:/`);
  let round = 0;
  await fc.assert(
    fc.asyncProperty(tree, async (node) => {
      round += 1;
      const [from, onto] = [join(here, `from${round}`), join(here, `onto${round}`)];
      lay(from, node);
      await cp(from, `${volume}:/round${round}`);
      await cp(`${volume}:/round${round}`, onto);
      expect(seen(onto)).toEqual(seen(from));
    }),
    { numRuns: 8 },
  );
  expect((await held())['/other/kept']).toBe('as it is');
});

describe('the destination', () => {
  beforeEach(async () => {
    write(['dir/one', '1'], ['dir/sub/two', '2'], ['file', 'f']);
    await cp(join(here, 'dir'), `${volume}:/there`);
  });

  it('follows the rules of docker', async () => {
    const cases: readonly (readonly [from: string, to: string, has: Record<string, string>])[] = [
      ['file', '/there', { '/there/file': 'f' }],
      ['file', '/there/other', { '/there/other': 'f' }],
      ['file', '/there/sub/../one', { '/there/one': 'f' }],
      ['dir', '/there/sub', { '/there/sub/dir/one': '1' }],
      ['dir/.', '/there/sub', { '/there/sub/one': '1', '/there/sub/two': '2' }],
      ['dir', '/new', { '/new/sub/two': '2' }],
      ['dir/', 'newer/', { '/newer/sub/two': '2' }],
    ];
    for (const [from, to] of cases) await cp(`${here}/${from}`, `${volume}:${to}`);
    expect(await held()).toMatchObject(Object.assign({}, ...cases.map(([, , has]) => has)));
  });

  it('may be a new name in an existing directory', async () => {
    write(['new.txt', 'new']);
    await cp(join(here, 'new.txt'), `${volume}:/`);
    const command = [COMMAND, 'cp', `${volume}:/new.txt`, 'named'];
    const env = { ...process.env, TASKPORT_URL: url };
    await promisify(execFile)(process.execPath, command, { cwd: here, env });
    expect(readFileSync(join(here, 'named'), 'utf8')).toBe('new');
    expect(readdirSync(here).sort()).toEqual(['dir', 'file', 'named', 'new.txt']);
  });
  it('must exist, or nothing changes', async () => {
    const before = await held();
    for (const [from, to, says] of [
      ['file', '/none/file', 'there is no directory none'],
      ['file', '/none/', 'there is no directory /none/'],
      ['file', '/there/one/', 'is no directory there'],
      ['dir', '/there/one', 'is no directory there'],
      ['dir/.', '/there/one', 'is no directory there'],
      ['none', '/there', 'cannot be read'],
    ] as const)
      expect(await refusal(`${here}/${from}`, `${volume}:${to}`)).toContain(says);
    expect(await held()).toEqual(before);
  });

  it('follows links of the volume without leaving the volume', async () => {
    symlinkSync('/there/sub', join(here, 'in'));
    symlinkSync('../../../there/sub', join(here, 'up'));
    for (const link of ['in', 'up']) {
      await cp(join(here, link), `${volume}:/there/${link}`);
      await cp(join(here, 'file'), `${volume}:/there/${link}/by-${link}`);
    }
    expect(await held()).toMatchObject({
      '/there/in': '/there/sub',
      '/there/sub/by-in': 'f',
      '/there/sub/by-up': 'f',
    });
    await cp('-L', `${volume}:/there/in`, join(here, 'followed'));
    expect(readFileSync(join(here, 'followed', 'two'), 'utf8')).toBe('2');
  });

  it('follows the same rules on this machine', async () => {
    mkdirSync(join(here, 'target'));
    await cp(`${volume}:/there`, join(here, 'target'));
    await cp(`${volume}:there/one`, join(here, 'target/name'));
    await cp(`${volume}:/there/.`, join(here, 'target/there/sub'));
    await cp(`${volume}:there/sub/two`, join(here, 'target/name'));
    expect(readFileSync(join(here, 'target/there/sub/sub/two'), 'utf8')).toBe('2');
    expect(readFileSync(join(here, 'target/name'), 'utf8')).toBe('2');
    expect(await refusal(`${volume}:/there`, join(here, 'file'))).toContain('is no directory');
    expect(await refusal(`${volume}:/there/one`, join(here, 'none/one'))).toContain('there is no directory');
    expect(await refusal(`${volume}:/none`, here)).toContain('has no /none');
  });
});

describe('an archive', () => {
  it('is copied in from standard input, and out to standard output', async () => {
    const input = await archiveOf({ name: 'a/b', content: 'deep' }, { name: 'c', content: 'flat' });
    expect(await run(['cp', '-', `${volume}:/`], { input })).toMatchObject({ code: 0, err: '' });
    expect(await held()).toEqual({ '/a/b': 'deep', '/c': 'flat' });
    const out = await run(['cp', `${volume}:/a`, '-']);
    expect(await run(['cp', '-', `${volume}:/again`], { input: out.bytes })).toMatchObject({ code: 0 });
    expect(await held()).toMatchObject({ '/again/a/b': 'deep' });
  });

  it.each([
    ['climbs', () => archive(file('../evil', 'x')), 'climbs out'],
    ['climbs by a link', () => archive(symlink('way', '../..'), file('way/evil', 'x')), 'climbs out'],
    ['takes away', () => archive(file('.wh.kept', '')), 'which removes a file'],
    ['is none', () => Buffer.from('no archive at all'.repeat(100)), 'header of tar'],
  ])('that %s is refused, and the volume does not change', async (_, make, says) => {
    write(['kept', 'k']);
    await cp(join(here, 'kept'), `${volume}:/`);
    const { code, err } = await run(['cp', '-', `${volume}:/`], { input: make() });
    expect(code).toBe(1);
    expect(err).toContain(says);
    expect(await held()).toEqual({ '/kept': 'k' });
  });
});

it('writes nothing outside its target, in spite of any links', async () => {
  const outside = join(here, 'outside');
  mkdirSync(outside);
  const target = join(here, 'target');
  const input = archive(
    symlink('way', outside),
    symlink('leaf', join(outside, 'file')),
    file('way/evil', 'x'),
  );
  expect((await run(['cp', '-', `${volume}:/`], { input })).code).toBe(0);
  await cp(`${volume}:/.`, target);
  expect(readdirSync(outside)).toEqual([]);
  expect(lstatSync(join(target, 'leaf')).isSymbolicLink()).toBe(true);
  // Over existing files: a link in place of a file is replaced, a link on the way is refused.
  write(['new/leaf', 'n'], ['new/sub/file', 's']);
  await cp(join(here, 'new/.'), `${volume}:/over`);
  symlinkSync(outside, join(target, 'sub'));
  expect(await refusal(`${volume}:/over/.`, target)).toContain('target/sub is no directory');
  rmSync(join(target, 'sub'));
  await cp(`${volume}:/over/.`, target);
  expect(readFileSync(join(target, 'leaf'), 'utf8')).toBe('n');
  expect(existsSync(join(outside, 'file'))).toBe(false);
});

describe('a volume', () => {
  it('with parents is copied completely, in both directions', async () => {
    const input = await archiveOf({ name: 'lower', content: 'l' }, { name: 'both', content: 'l' });
    writeFileSync(join(here, 'layer.tar'), input);
    const base = `images/base${made}`;
    expect((await run(['image', 'push', base, join(here, 'layer.tar')])).code).toBe(0);
    volume = `${volume}-child`;
    await run(['volume', 'create', volume, '--parent', `image://${base}`]);
    expect(await held()).toEqual({ '/lower': 'l', '/both': 'l' });
    write(['both', 'upper']);
    await cp(join(here, 'both'), `${volume}:/`);
    expect(await held()).toEqual({ '/lower': 'l', '/both': 'upper' });
  });

  it('that others change meanwhile keeps their changes', async () => {
    write(['theirs', 't']);
    const mine = await archiveOf({ name: 'mine', content: 'm' });
    const { code, err } = await run(['cp', '-', `${volume}:/`], {
      input: async () => {
        await cp(join(here, 'theirs'), `${volume}:/`);
        return mine;
      },
    });
    expect({ code, err }).toMatchObject({ code: 1, err: expect.stringContaining('was changed meanwhile') });
    expect(await held()).toEqual({ '/theirs': 't' });
  });

  it('in use is refused before it is read, with a remedy', async () => {
    await run(['executor', 'create', 'executors/user']);
    await run(['compose', 'join', 'executors/user', `volume://${volume}`, '--mount', '/data']);
    const refused = await run(['cp', '-', `${volume}:/`], {
      input: () => Promise.reject(new Error('standard input was read')),
    });
    expect(refused.code).toBe(1);
    expect(refused.err).toContain('let it leave');
    await run(['executor', 'delete', 'executors/user']);
  });

  it('that does not exist is refused, and so are arguments without a volume, or with two', async () => {
    expect(await refusal(here, 'volumes/none:/')).toContain('volumes/none');
    expect(await refusal(here, here)).toContain('name a volume on one side');
    expect(await refusal(`${volume}:/`, `${volume}:/a`)).toContain('taskport cp - <to>');
  });
});
