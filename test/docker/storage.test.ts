/** Mounts beside the root on an engine: the files that tasks see, and the fate of their writes. */
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, inject, it } from 'vitest';
import type { ComposedLayer, ComposedStorage } from '../../lib/composition/plan/composed-container.ts';
import { LaunchError } from '../../lib/execution/engine.ts';
import { titled } from '../bundle.ts';
import { archiveOf, busyboxTree, type Tree } from '../busybox.ts';
import { withoutDocker } from './dockerd.ts';
import { at, attemptOf, EXECUTOR, readOnly, Shelf } from './shelf.ts';

const without = withoutDocker();
const directory = { type: 'directory' } as const;

const VOLUME = 'volume://data/documents';
const IMAGE = 'image://library/tools';

describe.skipIf(without)(titled('storage beside the root', without), () => {
  let shelf: Shelf;
  beforeEach(async () => {
    shelf = new Shelf(inject('dockerHost'));
    await shelf.open();
  });
  afterEach(() => shelf.close());

  const layer = async (tree: Tree, id = IMAGE): Promise<ComposedLayer> =>
    shelf.offer(id, await archiveOf(tree));

  it('hides files that a layer removes, and shows those that it adds in their place', async () => {
    const lower = await layer(
      {
        'gone/deep/file': 'x',
        'gone/stays': 'x',
        'opaque/old': 'x',
        'opaque/below/old': 'x',
        'renewed/old': 'x',
        'file-to-directory': 'x',
        'directory-to-file/old': 'x',
        'link-to-directory': { type: 'symlink', linkname: '/opaque' },
        kept: 'old',
      },
      `${IMAGE}-1`,
    );
    const upper = await layer(
      {
        'gone/.wh.deep': '',
        'opaque/new': 'x',
        'opaque/.wh..wh..opq': '',
        '.wh.renewed': '',
        'renewed/new': 'x',
        'file-to-directory/new': 'x',
        'directory-to-file': 'x',
        'link-to-directory/new': 'x',
        '.wh.never-there': '',
        '.wh..wh.plnk': '',
      },
      `${IMAGE}-2`,
    );
    const top = await layer({ kept: 'new', 'opaque/newer': 'x' });
    const script = 'cd /mnt; find gone opaque renewed *-to-* .wh* 2>/dev/null | sort; cat kept';
    const expected = [
      ...['directory-to-file', 'file-to-directory', 'file-to-directory/new', 'gone', 'gone/stays'],
      ...['link-to-directory', 'link-to-directory/new', 'opaque', 'opaque/new', 'opaque/newer'],
      ...['renewed', 'renewed/new', 'new'],
    ];
    for (const id of [IMAGE, VOLUME])
      expect(await shelf.see([at('/mnt', id, lower, upper, top)], script)).toEqual(expected);
  });

  it('keeps owners, modes, hard links and symbolic links, also from compressed archives', async () => {
    const bytes = await archiveOf({
      'own/': { ...directory, mode: 0o1770, uid: 1000, gid: 1001 },
      'own/program': Buffer.from('x'),
      'own/twin': { type: 'link', linkname: 'own/program' },
      'own/pointer': { type: 'symlink', linkname: '../../../etc/passwd' },
      'own/suid': { mode: 0o4755, size: 0, uid: 5 },
      'own/zero': { type: 'character-device', devmajor: 1, devminor: 5, mode: 0o666 },
    });
    const packed = shelf.offer(IMAGE, gzipSync(bytes));
    const script =
      'cd /mnt/own; stat -c "%n %a %u %g %F" . suid zero; readlink pointer; test program -ef twin && echo same';
    expect(await shelf.see([readOnly(at('/mnt', IMAGE, packed))], script)).toEqual([
      '. 1770 1000 1001 directory',
      'suid 4755 5 0 regular empty file',
      'zero 666 0 0 character special file',
      '../../../etc/passwd',
      'same',
    ]);
  });

  it('shows nothing below a layer with an opaque root', async () => {
    const old = await layer({ old: 'x' }, VOLUME);
    const fresh = await layer({ new: 'x', '.wh..wh..opq': '' }, `${VOLUME}-2`);
    expect(await shelf.see([at('/mnt', `${VOLUME}-2`, old, fresh)], 'ls -A /mnt')).toEqual(['new']);
  });

  it('never mounts data that does not match its checksum, and keeps nothing of it', async () => {
    const bytes = await archiveOf({ file: 'x' });
    const { checksum, ...other } = shelf.offer(IMAGE, bytes);
    const images = [readOnly(at('/mnt', IMAGE, { ...other, ...(checksum && { checksum }) }))];
    shelf.offer(IMAGE, await archiveOf({ file: 'y' }));
    await expect(shelf.prepare(images)).rejects.toThrow(LaunchError);
    await expect(shelf.prepare(images)).rejects.toThrow(
      new RegExp(`${IMAGE} .* expected ${checksum}, got sha256:[0-9a-f]{64}`),
    );
    expect(await shelf.left()).toEqual({ volumes: [], containers: [] });
    shelf.offer(IMAGE, bytes);
    expect(await shelf.see(images, 'cat /mnt/file')).toEqual(['x']);
  });

  it('prevents writes to read-only mounts, and still permits mounts inside them', async () => {
    const outer = await layer({ document: 'x' }, VOLUME);
    const inner = at('/mnt/in/ner', 'volume://data/inner');
    const script =
      'for at in /mnt/ /mnt/in/ /mnt/in/ner/; do (echo x > $at/new) 2>/dev/null && echo $at; done; ls -1 /mnt';
    for (const id of [VOLUME, IMAGE])
      expect(await shelf.see([inner, readOnly(at('/mnt', id, outer))], script)).toEqual([
        '/mnt/in/ner/',
        'document',
        'in',
      ]);
    // A volume that exists already, and is mounted at another place.
    const deeper = at('/mnt/in/there/too', 'volume://data/inner');
    expect(await shelf.see([readOnly(at('/mnt', VOLUME, outer)), inner, deeper], 'ls -1 /mnt/in')).toEqual([
      'ner',
      'there',
    ]);
  });

  it('reports what prevents a mount inside a read-only one', async () => {
    const outer = await layer({ 'in/file': 'x' }, VOLUME);
    for (const id of [VOLUME, IMAGE]) {
      const mounts = [readOnly(at('/mnt', id, outer)), at('/mnt/in/file/deep', 'volume://data/inner')];
      await expect(shelf.prepare(mounts)).rejects.toThrow(LaunchError);
      await expect(shelf.prepare(mounts)).rejects.toThrow('in/file/deep is in the way');
    }
  });

  it('gives a volume the owner of its root, and an empty one no files of the image', async () => {
    const own = await layer({ './': { ...directory, mode: 0o700, uid: 1000, gid: 1000 } }, VOLUME);
    const mounts = await shelf.prepare([at('/mnt', VOLUME, own), at('/bin/none', 'volume://data/empty')]);
    const script = 'echo x > /mnt/new; stat -c "%a %u" /mnt; ls -A /bin/none; ls /bin | wc -l';
    const [kept, ...rest] = (await shelf.run(script, mounts, { User: '1000:1000' })).lines;
    expect([kept, rest.length]).toEqual(['700 1000', 1]);
    const empty = await shelf.prepare([at('/bin', 'volume://data/empty-2')]);
    expect(readdirSync(await shelf.placeOf(empty[0]))).toEqual([]);
  });

  it('keeps writes to a volume that nobody saves for one bind of one executor, and shows them to no reader', async () => {
    const volume = await layer({ old: 'x' }, VOLUME);
    const bound = (bind: string) => [{ ...at('/mnt', VOLUME, volume), instance: bind }];
    const script = 'echo x >> /mnt/written; rm -f /mnt/old; cat /mnt/written | wc -l; ls /mnt';
    const other = { ...attemptOf(1), executorId: `${EXECUTOR}-2` };
    expect(await shelf.see(bound('one'), script, attemptOf(1))).toEqual(['1', 'written']);
    expect(await shelf.see(bound('one'), script, attemptOf(2))).toEqual(['2', 'written']);
    const reading = [readOnly(at('/mnt', VOLUME, volume))];
    expect(await shelf.see(reading, 'ls /mnt', other)).toEqual(['old']);
    expect(await shelf.see(bound('one'), script, other)).toEqual(['1', 'written']);
    await shelf.storage.forget(other);
    await shelf.storage.release(EXECUTOR, [VOLUME]);
    await shelf.another().prune(0);
    expect(await shelf.see(bound('one'), script, attemptOf(3))).toEqual(['3', 'written']);
    // A caller bound the volume again before the runner noticed the unbind.
    expect(await shelf.see(bound('two'), script, attemptOf(4))).toEqual(['1', 'written']);
    expect((await shelf.left()).volumes).toHaveLength(2);
    await shelf.another().release(EXECUTOR, []);
    expect((await shelf.left()).volumes).toHaveLength(1);
    expect(await shelf.see(bound('two'), script, attemptOf(5))).toEqual(['1', 'written']);
  });

  it('fetches a volume once for all readers, until it has other data', async () => {
    const former = await layer({ old: 'x' }, VOLUME);
    const latter = await layer({ new: 'x' }, `${VOLUME}-2`);
    for (const [count, part] of [former, former, latter, latter].entries()) {
      const attempt = { ...attemptOf(1), executorId: `${EXECUTOR}-${count}` };
      const files = await shelf.see([readOnly(at('/mnt', VOLUME, part))], 'ls /mnt', attempt);
      expect(files).toEqual([part === former ? 'old' : 'new']);
      await shelf.storage.forget(attempt);
    }
    expect(shelf.fetched).toEqual([VOLUME, `${VOLUME}-2`]);
    await shelf.storage.prune(2 ** 40);
    expect((await shelf.left()).volumes).toHaveLength(2);
    await shelf.storage.prune(0);
    expect((await shelf.left()).volumes).toEqual([]);
  });

  it('keeps writes to an image for its executor until it leaves, and shares images that are read', async () => {
    const tools = await layer({ tool: 'x' });
    const parts = [at('/mnt', IMAGE, tools)];
    const script = 'echo x >> /mnt/tool; cat /mnt/tool | wc -l';
    const other = { ...attemptOf(1), executorId: `${EXECUTOR}-2` };
    expect(await shelf.see(parts, script, attemptOf(1))).toEqual(['1']);
    expect(await shelf.see(parts, script, attemptOf(2, 'task://jobs/beside'))).toEqual(['2']);
    expect(await shelf.see(parts, script, other)).toEqual(['1']);
    await shelf.storage.forget(attemptOf(1));
    await shelf.another().prune(0);
    await shelf.storage.release(EXECUTOR, [IMAGE]);
    expect(await shelf.see(parts, script, attemptOf(3))).toEqual(['3']);
    await shelf.storage.release(EXECUTOR, []);
    expect((await shelf.left()).volumes).toHaveLength(1);
    expect(await shelf.see(parts, script, attemptOf(4))).toEqual(['1']);
    // It has joined again, before the runner noticed that it had left.
    const anew = parts.map((one) => ({ ...one, instance: '2026-02-02T00:00:00.000Z' }));
    expect(await shelf.see(anew, script, attemptOf(5))).toEqual(['1']);
    expect((await shelf.left()).volumes).toHaveLength(2);
    shelf.fetched = [];
    const reading = (id: string): ComposedStorage[] => [readOnly(at('/mnt', id, tools))];
    for (const [count, id] of [IMAGE, IMAGE, `${IMAGE}-too`].entries())
      expect(await shelf.see(reading(id), 'ls /mnt', attemptOf(count))).toEqual(['tool']);
    expect(shelf.fetched).toEqual([IMAGE]);
  });

  it('does not drop volumes that a container uses', async () => {
    const tools = await layer({ tool: 'x' });
    const mounts = await shelf.prepare([at('/mnt', VOLUME), at('/own', IMAGE, tools)]);
    const container = await shelf.docker.createContainer({
      Image: shelf.image,
      Cmd: ['true'],
      HostConfig: { Mounts: mounts as never },
    });
    try {
      const remains = await shelf.storage.remains();
      expect(remains.map(({ id }) => id)).toEqual([EXECUTOR, EXECUTOR]);
      for (const { drop } of remains) expect(await drop()).toBe(false);
      await shelf.storage.release(EXECUTOR, []);
      await shelf.storage.forget(attemptOf(1));
      await shelf.storage.prune(0);
      expect((await shelf.left()).volumes).toHaveLength(2);
    } finally {
      await container.remove();
    }
  });

  it('ends a task whose volume somebody removed, and shows it no empty one', async () => {
    const mounts = await shelf.prepare([at('/mnt', VOLUME, await layer({ kept: 'x' }, VOLUME))]);
    await shelf.docker.getVolume(mounts[0]?.Source ?? '').remove();
    await expect(shelf.run('ls /mnt', mounts)).rejects.toThrow('a-volume-that-was-filled-is-gone');
    expect(await shelf.see([at('/mnt', VOLUME, await layer({ kept: 'x' }, VOLUME))], 'ls /mnt')).toEqual([
      'kept',
    ]);
  });

  it('lets the engine mount an NFS export', async () => {
    const nfs = { server: '127.0.0.1', path: '/nowhere' };
    const [mount] = await shelf.prepare([{ ...at('/mnt', VOLUME), nfs }]);
    expect(await shelf.docker.getVolume(mount?.Source ?? '').inspect()).toMatchObject({
      Driver: 'local',
      Options: { type: 'nfs', o: 'addr=127.0.0.1,nfsvers=4,hard', device: ':/nowhere' },
    });
    await expect(shelf.run('true', mount ? [mount] : [])).rejects.toThrow(':/nowhere');
    const evil = { server: '127.0.0.1,ro', path: '/' };
    await expect(shelf.prepare([{ ...at('/mnt', VOLUME), nfs: evil }])).rejects.toThrow(LaunchError);
  });

  it('accepts a layer twice, 110 layers, and layers without entries for directories', async () => {
    const one = await layer({ 'a/b/c': 'x' }, `${IMAGE}-twice`);
    const many = await Promise.all(
      Array.from({ length: 110 }, (_, count) =>
        layer({ [`many/f${count}`]: String(count) }, `${IMAGE}-${count}`),
      ),
    );
    const mounts = [readOnly(at('/mnt', IMAGE, one, one, ...many, one))];
    const script = 'cd /mnt; ls many | wc -l; stat -c "%n %a %u" a a/b a/b/c';
    expect(await shelf.see(mounts, script)).toEqual(['110', 'a 755 0', 'a/b 755 0', 'a/b/c 755 0']);
    expect(shelf.fetched).toHaveLength(111);
  });

  it('writes nothing outside, for any archive', async () => {
    const outside = mkdtempSync(join(tmpdir(), 'taskport-outside-'));
    writeFileSync(join(outside, 'kept'), 'x');
    const link = { type: 'symlink', linkname: outside } as const;
    const up = { type: 'symlink', linkname: '../../../../../../../..' } as const;
    try {
      const evil = await layer({ link, 'link/new': 'x', up, 'up/new': 'x' }, `${IMAGE}-evil`);
      await shelf.prepare([at('/mnt', IMAGE, evil)], attemptOf(1)).catch(() => {});
      const first = await layer({ link, up }, `${IMAGE}-1`);
      const second = await layer({ 'link/.wh.kept': '', 'link/new': 'x', 'up/new': 'x' }, `${IMAGE}-2`);
      const mounts = [at('/mnt', IMAGE, first, second), at('/vol', VOLUME, first, second)];
      const script = 'find /mnt /vol | sort';
      const expected = ['', '/link', '/link/new', '/up', '/up/new'];
      expect(await shelf.see(mounts, script, attemptOf(2))).toEqual(
        ['/mnt', '/vol'].flatMap((root) => expected.map((path) => root + path)),
      );
      expect(readdirSync(outside)).toEqual(['kept']);
    } finally {
      rmSync(outside, { recursive: true });
    }
  });

  it('stays in the container, in spite of links of the image on the way to a mount', async () => {
    const tag = shelf.image.replace('busybox', 'linked');
    const [repo, version] = tag.split(':') as [string, string];
    const links = Object.fromEntries(
      ['dev', 'proc', 'sys', 'etc', 'data'].map((name) => [
        name,
        { type: 'symlink', linkname: '../../../../../../tmp/elsewhere' } as const,
      ]),
    );
    const bytes = await archiveOf({ ...busyboxTree(), 'tmp/elsewhere/': directory, ...links });
    const imported = await shelf.docker.importImage(Readable.from([bytes]) as never, { repo, tag: version });
    await buffer(imported as unknown as NodeJS.ReadableStream);
    try {
      const mounts = await shelf.prepare([
        at('/data/one', VOLUME),
        readOnly(at('/etc/two', IMAGE, await layer({ tool: 'x' }))),
      ]);
      const script = 'echo x > /data/one/new; ls -1 /tmp/elsewhere /etc/two; cat /proc/1/comm';
      const { lines } = await shelf.run(script, mounts, { Image: tag });
      expect(lines).toEqual(expect.arrayContaining(['one', 'tool']));
      expect(readdirSync(await shelf.placeOf(mounts[0]))).toEqual(['new']);
      expect(existsSync('/tmp/elsewhere')).toBe(false);
    } finally {
      await shelf.docker.getImage(tag).remove({ force: true });
    }
  });
});
