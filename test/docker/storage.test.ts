/** What is mounted beside the root on an engine: what tasks see there, and what stays of what they write. */
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, inject, it } from 'vitest';
import type { ComposedLayer, ComposedStorage } from '../../lib/composition/plan/composed-container.ts';
import { titled } from '../bundle.ts';
import { archiveOf, type Tree } from '../busybox.ts';
import { withoutDocker } from './dockerd.ts';
import { attemptOf, Shelf } from './shelf.ts';

const without = withoutDocker();
const directory = { type: 'directory' } as const;

/** Storage that begins as layers. */
const at = (path: string, id: string, ...layers: ComposedLayer[]): ComposedStorage => ({
  id,
  kind: id.startsWith('image:') ? 'image' : 'volume',
  instance: '2026-01-01T00:00:00.000Z',
  mount: { path, readOnly: false, persistent: true },
  layers,
});
const readOnly = (one: ComposedStorage): ComposedStorage => ({
  ...one,
  mount: { ...one.mount, readOnly: true },
});
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

  it('hides what a layer takes away, and shows what it brings in its place', async () => {
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

  it('keeps owners, modes, hard links and links, of archives that are packed as well', async () => {
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
});
