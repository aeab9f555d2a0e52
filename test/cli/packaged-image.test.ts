/** What other tools keep images in is no root filesystem: it is refused with the commands that make of it what is taken. */
import { execFileSync } from 'node:child_process';
import { cpSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { recogniseImage } from '../../cli/push/packaged-image.ts';
import { tarHeader } from '../../cli/push/tar-header.ts';
import { titled } from '../bundle.ts';
import { type ArchiveEntry, archiveOf } from '../uploading.ts';
import { usePushes } from './pushing.ts';
import { missing } from './read-archive.ts';

const { inside, run } = usePushes();

/** Writes an archive of these entries. */
const write = async (name: string, ...files: ArchiveEntry[]): Promise<string> => {
  writeFileSync(inside(name), await archiveOf(...files));
  return inside(name);
};
const HEX = 'c0ffee'.repeat(10).padEnd(64, '0');
const saved = JSON.stringify([{ Config: `${HEX}.json`, RepoTags: ['demo:1'], Layers: [`${HEX}/layer.tar`] }]);
const layout = '{"imageLayoutVersion":"1.0.0"}';
const big = Buffer.alloc(17 * 2 ** 20);

describe('an archive is known for an image', () => {
  it.each<[string, string, ArchiveEntry[]]>([
    [
      'of an older docker, whose manifest comes last',
      'docker-archive',
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
      'tar -xf',
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
      'docker-archive',
      [
        { name: `sha256:${HEX}`, content: big },
        { name: `${HEX}.tar.gz`, content: 'x' },
        { name: 'manifest.json', content: saved },
      ],
    ],
    [
      'that somebody packed from a layout',
      'tar -xf',
      [
        { name: './', type: 'directory' },
        { name: './oci-layout', content: layout },
        { name: './index.json', content: '{}' },
        { name: './blobs/', type: 'directory' },
      ],
    ],
  ])('%s, plain and compressed', async (name, command, files) => {
    const path = await write(`${name.replaceAll(' ', '-')}.tar`, ...files);
    writeFileSync(`${path}.gz`, gzipSync(await archiveOf(...files)));
    for (const each of [path, `${path}.gz`]) {
      expect((await recogniseImage(each, false))?.commands.join()).toContain(command);
    }
  });

  it('whose first layer is larger than a plain header says', async () => {
    const large = { mode: 0o644, uid: 0, gid: 0, size: 9 * 2 ** 30, modified: 0n };
    const header = tarHeader({ type: 'file', name: Buffer.from(`${HEX}.tar`), ...large });
    writeFileSync(inside('large.tar'), Buffer.concat([header, Buffer.alloc(4096, 'x')]));
    expect((await recogniseImage(inside('large.tar'), false))?.commands.join()).toContain('docker-archive');
  });

  it('of several images, of which the first is named', async () => {
    const [one, two] = ['a:1', 'b:2'].map((tag) => ({
      Config: 'config.json',
      RepoTags: [tag],
      Layers: ['0.tar'],
    }));
    const path = await write('several.tar', { name: 'manifest.json', content: JSON.stringify([one, two]) });
    expect(await recogniseImage(path, false)).toMatchObject({
      is: 'what `docker save` writes (2 images)',
      commands: [`skopeo copy docker-archive:${path}:a:1 oci:several-oci`],
    });
  });
});

describe('an ordinary archive is not', () => {
  it('though it has what such an archive has, among other things', async () => {
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

  it('though it is none at all, or broken off', async () => {
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

const tools = missing('skopeo', 'umoci', 'tar', 'gzip');
describe.skipIf(tools !== undefined)(titled('what skopeo and umoci write', tools), () => {
  const policy = ['--policy', inside('policy.json')];
  const shell = (command: string): void => {
    execFileSync('sh', ['-c', command.replace(/^skopeo/, `skopeo ${policy.join(' ')}`)], {
      cwd: inside(),
      stdio: 'pipe',
    });
  };
  const umoci = (...args: string[]) => execFileSync('umoci', args, { cwd: inside(), stdio: 'pipe' });
  beforeAll(() => {
    writeFileSync(inside('policy.json'), JSON.stringify({ default: [{ type: 'insecureAcceptAnything' }] }));
    umoci('init', '--layout', 'built');
    umoci('new', '--image', 'built:1');
    for (const layer of ['one', 'two']) {
      rmSync(inside('bundle'), { recursive: true, force: true });
      umoci('unpack', '--rootless', '--image', 'built:1', 'bundle');
      writeFileSync(inside('bundle', 'rootfs', layer), 'program');
      umoci('repack', '--image', 'built:1', 'bundle');
    }
    for (const [transport, name] of [
      ['docker-archive', 'saved.tar'],
      ['oci-archive', 'oci.tar'],
      ['dir', 'folder'],
    ]) {
      shell(`skopeo copy oci:built:1 ${transport}:${name}`);
    }
    shell('gzip -k saved.tar && gzip -k oci.tar');
    shell('mkdir unpacked && tar -xf saved.tar -C unpacked');
    renameSync(inside('unpacked'), inside('un packed'));
    cpSync(inside('saved.tar'), inside('my image:1.tar'));
    shell('tar -cf folder.tar -C folder .');
  });

  it.each([
    ['saved.tar', 2],
    ['saved.tar.gz', 2],
    ['my image:1.tar', 2],
    ['un packed', 2],
    ['oci.tar', 2],
    ['oci.tar.gz', 2],
    ['folder', 2],
    ['folder.tar', 2],
    ['bundle', 1],
  ])('is refused with the commands that make an image of it: %s', async (name, layers) => {
    const id = `images/of-${name.replace(/\W/g, '-')}`;
    const refused = await run(['image', 'push', id, inside(name)]);
    expect(refused).toMatchObject({ code: 2, out: '' });
    const [what = '', ...commands] = refused.err
      .trim()
      .split('\n')
      .map((line) => line.trim());
    expect(what).toMatch(/^taskport: .* is .*, and no root filesystem; instead:$/);
    const last = commands.pop() as string;
    for (const command of commands) shell(command);
    const [, , , , path = ''] = last.split(' ');
    expect(last).toBe(`taskport image push ${id} ${path}`);
    const pushed = await run(['image', 'push', id, path.startsWith('/') ? path : inside(path), '--json']);
    expect(pushed.json).toMatchObject([{ state: 'ready' }]);
    const below = (await run(['lineage', `image://${id}`, '--json'])).json;
    expect(below).toHaveLength(layers - 1);
    shell('rm -rf *-oci *-image');
  });

  it('is data of a volume like other data, which is said', async () => {
    const pushed = await run(['volume', 'push', 'volumes/saved', inside('saved.tar')]);
    expect(pushed).toMatchObject({
      code: 0,
      err: `${inside('saved.tar')} is what \`docker save\` writes (an image): the volume holds its files as they are\n`,
    });
  });

  it('is an image as before where it is a layout', async () => {
    expect((await run(['image', 'push', 'images/layout', inside('built'), '--json'])).json).toMatchObject([
      { state: 'ready' },
    ]);
  });
});
