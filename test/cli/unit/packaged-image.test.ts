/** Images of other tools differ from root filesystems by their contents. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { recogniseImage } from '../../../cli/push/packaged-image.ts';
import { tarHeader } from '../../../cli/push/tar-header.ts';
import { type ArchiveEntry, archiveOf } from '../../uploading.ts';

const directory = mkdtempSync(join(tmpdir(), 'taskport-packaged-'));
const inside = (name: string): string => join(directory, name);
afterAll(() => rmSync(directory, { recursive: true }));

/** Writes an archive of these entries. */
const write = async (name: string, ...files: ArchiveEntry[]): Promise<string> => {
  writeFileSync(inside(name), await archiveOf(...files));
  return inside(name);
};
const HEX = 'c0ffee'.repeat(10).padEnd(64, '0');
const saved = JSON.stringify([{ Config: `${HEX}.json`, RepoTags: ['demo:1'], Layers: [`${HEX}/layer.tar`] }]);
const layout = '{"imageLayoutVersion":"1.0.0"}';
const big = Buffer.alloc(17 * 2 ** 20);

describe('an archive is recognised as an image', () => {
  it.each<[string, string, ArchiveEntry[]]>([
    [
      'of an older docker, whose manifest comes last',
      'saved',
      [
        { name: `${HEX}/`, type: 'directory' },
        { name: `${HEX}/VERSION`, content: '1.0' },
        { name: `${HEX}/layer.tar`, content: big },
        { name: `${HEX}.json`, content: '{}' },
        { name: 'manifest.json', content: saved },
        { name: 'repositories', content: '{}' },
      ],
    ],
    [
      'of a docker that writes a layout into it',
      'layout',
      [
        { name: 'blobs/', type: 'directory' },
        { name: 'blobs/sha256/', type: 'directory' },
        { name: `blobs/sha256/${HEX}`, content: big },
        { name: 'index.json', content: '{}' },
        { name: 'manifest.json', content: saved },
        { name: 'oci-layout', content: layout },
      ],
    ],
    [
      'of other tools, with names of their own',
      'saved',
      [
        { name: `sha256:${HEX}`, content: big },
        { name: `${HEX}.tar.gz`, content: 'x' },
        { name: 'manifest.json', content: saved },
      ],
    ],
    [
      'that somebody packed from a layout',
      'layout',
      [
        { name: './', type: 'directory' },
        { name: './oci-layout', content: layout },
        { name: './index.json', content: '{}' },
        { name: './blobs/', type: 'directory' },
      ],
    ],
  ])('%s, plain and compressed', async (name, as, files) => {
    const path = await write(`${name.replaceAll(' ', '-')}.tar`, ...files);
    writeFileSync(`${path}.gz`, gzipSync(await archiveOf(...files)));
    for (const each of [path, `${path}.gz`]) {
      expect(await recogniseImage(each, false)).toMatchObject({ as });
    }
  });

  it('with a first layer larger than a plain header can say', async () => {
    const large = { mode: 0o644, uid: 0, gid: 0, size: 9 * 2 ** 30, modified: 0n };
    const header = tarHeader({ type: 'file', name: Buffer.from(`${HEX}.tar`), ...large });
    writeFileSync(inside('large.tar'), Buffer.concat([header, Buffer.alloc(4096, 'x')]));
    expect(await recogniseImage(inside('large.tar'), false)).toMatchObject({ as: 'saved' });
  });
});

describe('an ordinary archive is not recognised', () => {
  it('with the files of such an archive among others', async () => {
    const others = ['bin/sh', 'etc/', 'usr/lib/x', 'manifest', 'app', 'index.html', '.wh.old', 'Config.json'];
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...others),
        fc.shuffledSubarray<ArchiveEntry>([
          { name: 'manifest.json', content: saved },
          { name: 'oci-layout', content: layout },
          { name: `blobs/sha256/${HEX}`, content: 'x' },
          { name: `${HEX}/layer.tar`, content: 'x' },
          { name: 'version', content: 'Directory Transport Version: 1.1\n' },
        ]),
        fc.nat(),
        fc.boolean(),
        async (other, files, place, isCompressed) => {
          const entry: ArchiveEntry = other.endsWith('/')
            ? { name: other, type: 'directory' }
            : { name: other, content: 'x' };
          const bytes = await archiveOf(...files.toSpliced(place % (files.length + 1), 0, entry));
          writeFileSync(inside('ordinary'), isCompressed ? gzipSync(bytes) : bytes);
          expect(await recogniseImage(inside('ordinary'), false)).toBeUndefined();
        },
      ),
      { numRuns: 60 },
    );
  });

  it.each<[string, ArchiveEntry[]]>([
    ['a file of that name that says other things', [{ name: 'manifest.json', content: '{"name":"app"}' }]],
    ['a list of something else', [{ name: 'manifest.json', content: '[{"src":"icon.png"}]' }]],
    ['a list of nothing', [{ name: 'manifest.json', content: '[]' }]],
    [
      'no JSON',
      [
        { name: 'oci-layout', content: 'x' },
        { name: 'manifest.json', content: 'null' },
      ],
    ],
    ['a version of its own', [{ name: 'version', content: '1.1\n' }]],
    ['archives alone', [{ name: `${HEX}.tar`, content: 'x' }]],
  ])('with %s', async (name, files) => {
    expect(
      await recogniseImage(await write(`${name.replaceAll(' ', '-')}.tar`, ...files), false),
    ).toBeUndefined();
  });

  it('that is invalid, or truncated', async () => {
    for (const [name, bytes] of [
      ['none', Buffer.from('#!/bin/sh\n')],
      ['empty', Buffer.alloc(0)],
      ['broken', gzipSync(big).subarray(0, 1000)],
    ] as const) {
      writeFileSync(inside(name), bytes);
      expect(await recogniseImage(inside(name), false)).toBeUndefined();
    }
  });
});
