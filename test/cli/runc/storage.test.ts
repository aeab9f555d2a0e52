/** Root filesystems and volumes, stacked by the kernel and copied: what tasks see in them, and what stays of what they write. */
import { lstatSync, writeFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Layer } from '../../../lib/composition/plan/plan-input.ts';
import { LaunchError } from '../../../lib/execution/engine.ts';
import { titled, withoutRunc } from '../../bundle.ts';
import { archiveOf } from '../../busybox.ts';
import { readOnly, storage, task } from '../../lib/composition/plan/some-input.ts';
import { busybox, cleanUp, fetches, MAIN, Machine, offer, planFor, root, sh } from './machine.ts';

const without = withoutRunc();
const directory = { type: 'directory' } as const;
const VOLUME = 'volume://data/documents';

describe.each(['overlay', 'copies'] as const)('%s', (how) => {
  describe.skipIf(without !== undefined)(titled('of storage', without), () => {
    let base: Layer;
    beforeAll(async () => {
      base = await busybox();
    });
    afterEach(cleanUp);

    const layer = async (name: string, tree: Parameters<typeof archiveOf>[0]): Promise<Layer> =>
      offer(`image://library/${name}`, await archiveOf(tree));
    const again = (
      machine: Machine,
      attempt: number,
      script: string,
      parts: Parameters<typeof planFor>[2],
    ) => {
      const spec = sh(script);
      const plan = planFor(base, spec, { ...parts, tasks: [task(MAIN.taskId, spec, attempt)] });
      return machine.run(plan, { ...MAIN, attempt });
    };

    it('hides what a layer takes away, and shows what it brings in its place', async () => {
      const lower = await layer('lower', {
        'gone/deep/file': 'x',
        'gone/stays': 'x',
        'opaque/old': 'x',
        'opaque/below/old': 'x',
        'renewed/old': 'x',
        'file-to-directory': 'x',
        'directory-to-file/old': 'x',
        'link-to-directory': { type: 'symlink', linkname: '/opaque' },
        kept: 'old',
      });
      const upper = await layer('upper', {
        'gone/.wh.deep': '',
        'opaque/.wh..wh..opq': '',
        'opaque/new': 'x',
        '.wh.renewed': '',
        'renewed/new': 'x',
        'file-to-directory/new': 'x',
        'directory-to-file': 'x',
        'link-to-directory/new': 'x',
        '.wh.never-there': '',
        '.wh..wh.plnk': '',
      });
      const top = await layer('top', { kept: 'new', 'opaque/newer': 'x' });
      const script = 'find gone opaque renewed *-to-* .wh* | sort; cat kept';
      const { lines } = await new Machine({ storage: how }).run(
        planFor(base, sh(script), { storage: [root(base, lower, upper, top)] }),
      );
      expect(lines.filter((line) => !line.startsWith('find: .wh'))).toEqual([
        ...['directory-to-file', 'file-to-directory', 'file-to-directory/new', 'gone', 'gone/stays'],
        ...['link-to-directory', 'link-to-directory/new', 'opaque', 'opaque/new', 'opaque/newer'],
        ...['renewed', 'renewed/new', 'new'],
      ]);
    });

    it('has nothing of what is below a layer whose root is opaque', async () => {
      const old = offer(VOLUME, await archiveOf({ old: 'x' }));
      const fresh = offer(`${VOLUME}-2`, await archiveOf({ '.wh..wh..opq': '', new: 'x' }));
      const parts = { storage: [root(base), storage(`${VOLUME}-2`, '/mnt', [old, fresh])] };
      expect((await new Machine({ storage: how }).run(planFor(base, sh('ls -A /mnt'), parts))).lines).toEqual(
        ['new'],
      );
    });

    it('keeps owners, modes, hard links and links, of archives that are packed as well', async () => {
      const bytes = await archiveOf({
        'own/': { ...directory, mode: 0o1770, uid: 1000, gid: 1001 },
        'own/program': Buffer.from('x'),
        'own/twin': { type: 'link', linkname: 'own/program' },
        'own/pointer': { type: 'symlink', linkname: '/etc/passwd' },
        'own/suid': { mode: 0o4755, size: 0, uid: 5 },
        'own/zero': { type: 'character-device', devmajor: 1, devminor: 5, mode: 0o666 },
      });
      const packed = offer('image://library/packed', gzipSync(bytes));
      const script =
        'cd own; stat -c "%n %a %u %g %F" . suid zero; readlink pointer; test program -ef twin && echo same';
      const { lines } = await new Machine({ storage: how }).run(
        planFor(base, sh(script), { storage: [root(base, packed)] }),
      );
      expect(lines).toEqual([
        ...[
          '. 1770 1000 1001 directory',
          'suid 4755 5 0 regular empty file',
          'zero 666 0 0 character special file',
        ],
        ...['/etc/passwd', 'same'],
      ]);
    });

    it('never runs what is not what its checksum says, and keeps nothing of it', async () => {
      const machine = new Machine({ storage: how });
      const bytes = await archiveOf({ file: 'x' });
      const other = offer('image://library/other', bytes);
      const checksum = other.checksum as string;
      offer('image://library/other', await archiveOf({ file: 'y' }));
      const plan = planFor(base, sh('true'), { storage: [root(base, other)] });
      await expect(machine.start(plan)).rejects.toThrow(LaunchError);
      await expect(machine.start(plan)).rejects.toThrow(
        new RegExp(`expected ${checksum}, got sha256:[0-9a-f]{64}`),
      );
      offer('image://library/other', Buffer.from('no archive at all'));
      await expect(machine.start(plan)).rejects.toThrow(`expected ${checksum}`);
      expect([machine.attempts(), machine.mounts()]).toEqual([[], []]);
      offer('image://library/other', bytes);
      const before = fetches();
      expect((await machine.run(plan)).exit).toEqual({ exitCode: 0 });
      expect(fetches() - before).toBe(1);
    });

    it('lets nobody write to what is read-only, and still has room for what is mounted in it', async () => {
      const volume = offer(VOLUME, await archiveOf({ document: 'x' }));
      const inner = storage('volume://data/inner', '/mnt/in/ner', []);
      const parts = { storage: [readOnly(root(base)), readOnly(storage(VOLUME, '/mnt', [volume])), inner] };
      const script =
        'for at in / /mnt/ /mnt/in/ /mnt/in/ner/; do (echo x > $at/new) 2>/dev/null && echo $at; done; ls /mnt';
      const machine = new Machine({ storage: how });
      expect((await machine.run(planFor(base, sh(script), parts))).lines).toEqual([
        '/mnt/in/ner/',
        'document',
        'in',
      ]);
    });

    it('gives a volume the owner of its root, and an empty one nothing', async () => {
      const own = offer(
        VOLUME,
        await archiveOf({ './': { ...directory, mode: 0o700, uid: 1000, gid: 1000 } }),
      );
      const parts = {
        storage: [root(base), storage(VOLUME, '/mnt', [own]), storage('volume://data/empty', '/none', [])],
      };
      const spec = sh('echo x > /mnt/new; stat -c "%a %u" /mnt; ls -A /none', {
        process: { user: { uid: 1000, gid: 1000 } },
      });
      expect((await new Machine({ storage: how }).run(planFor(base, spec, parts))).lines).toEqual([
        '700 1000',
      ]);
    });

    it('keeps what was written to an image until it has left, and to a volume until that is dropped', async () => {
      const machine = new Machine({ storage: how });
      const volume = offer(VOLUME, await archiveOf({ old: 'x' }));
      const parts = { storage: [root(base), storage(VOLUME, '/mnt', [volume])] };
      const script =
        'echo x >> /written; echo x >> /mnt/written; rm -f /mnt/old; cat /written | wc -l; cat /mnt/written | wc -l; ls /mnt';
      expect((await again(machine, 1, script, parts)).lines).toEqual(['1', '1', 'written']);
      expect((await again(machine, 2, script, parts)).lines).toEqual(['2', '2', 'written']);
      await machine.executor.release(MAIN.executorId, [base.id, VOLUME]);
      expect((await again(machine, 3, script, parts)).lines).toEqual(['3', '3', 'written']);
      await machine.executor.release(MAIN.executorId, [VOLUME]);
      expect((await again(machine, 4, script, parts)).lines).toEqual(['1', '4', 'written']);
      const reading = { storage: [root(base), readOnly(storage(VOLUME, '/mnt', [volume]))] };
      expect((await again(machine, 5, 'cat /mnt/written | wc -l; ls /mnt', reading)).lines).toEqual([
        '4',
        'written',
      ]);
      await machine.executor.releaseVolume(VOLUME);
      expect((await again(machine, 6, 'ls /mnt', parts)).lines).toEqual(['old']);
    });

    it('does not drop what a running task uses', async () => {
      const machine = new Machine({ storage: how });
      const parts = { storage: [root(base), storage(VOLUME, '/mnt', [])] };
      const script = 'echo x > /kept; echo x > /mnt/kept; read line; cat /kept /mnt/kept';
      const spec = sh(script, { interaction: { openStdin: true } });
      const { ended } = await machine.start(planFor(base, spec, parts));
      await expect(machine.executor.releaseVolume(VOLUME)).rejects.toThrow('is in use');
      await machine.executor.release(MAIN.executorId, []);
      writeFileSync(`${machine.directory}/attempts/${machine.attempts()[0]}/stdin`, 'go on\n');
      expect(await ended).toMatchObject({ exitCode: 0 });
      expect(machine.lines()).toEqual(['x', 'x']);
    });

    it('is not started without a volume that cannot be mounted', async () => {
      const nfs = { server: '127.0.0.1', path: '/nowhere' };
      const parts = { storage: [root(base), storage(VOLUME, '/mnt', [], { nfs })] };
      const machine = new Machine({ storage: how });
      await expect(machine.start(planFor(base, sh('true'), parts))).rejects.toThrow(LaunchError);
      expect([machine.attempts(), machine.mounts()]).toEqual([[], []]);
    });

    it('does not depend on the mask of the runner', async () => {
      const before = process.umask(0o077);
      try {
        const spec = sh('ls / /mnt && cd /mnt/in/ner', { process: { user: { uid: 1000, gid: 1000 } } });
        const inner = storage('volume://data/inner', '/mnt/in/ner', []);
        const parts = { storage: [root(base), storage(VOLUME, '/mnt', []), inner] };
        const { exit } = await new Machine({ storage: how }).run(planFor(base, spec, parts));
        expect(exit).toEqual({ exitCode: 0 });
      } finally {
        process.umask(before);
      }
    });

    it('does not follow a link to a mount point', async () => {
      const volume = offer(VOLUME, await archiveOf({ inner: { type: 'symlink', linkname: '/' } }));
      const parts = {
        storage: [
          root(base),
          storage(VOLUME, '/mnt', [volume]),
          storage('volume://data/inner', '/mnt/inner', []),
        ],
      };
      const machine = new Machine({ storage: how });
      await expect(machine.start(planFor(base, sh('true'), parts))).rejects.toThrow('in the way');
      expect([machine.attempts(), machine.mounts()]).toEqual([[], []]);
    });

    it('writes nothing outside, whatever an archive says', async () => {
      const machine = new Machine({ storage: how });
      const outside = `${machine.directory}/outside`;
      const evil = await layer('evil', {
        link: { type: 'symlink', linkname: machine.directory },
        'link/outside': 'x',
      });
      await machine.start(planFor(base, sh('true'), { storage: [root(base, evil)] })).catch(() => {});
      const first = await layer('first', { link: { type: 'symlink', linkname: machine.directory } });
      const second = await layer('second', { 'link/.wh.runc': '', 'link/outside': 'x' });
      const plan = planFor(base, sh('true'), { storage: [root(base, first, second)] });
      await machine.run(plan).catch(() => {});
      expect(() => lstatSync(outside)).toThrow('ENOENT');
      expect(lstatSync(`${machine.directory}/runc`).isDirectory()).toBe(true);
    });
  });
});
