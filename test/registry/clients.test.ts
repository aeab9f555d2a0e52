/** Real clients of registries pull images unchanged. */
import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Host } from '../../infra/local/host.ts';
import { titled } from '../bundle.ts';
import { type Daemon, startDocker } from '../docker/dockerd.ts';
import { makeLocations } from '../functions/api/support.ts';
import { startHost } from '../host-bundle.ts';
import { callsOf, Layout, pushTo, tag } from './layout.ts';
import { bytesOf, missing, output } from './tools.ts';

const REPOSITORY = 'images/five';
const without = missing('buildah', 'busybox');

describe.skipIf(without !== undefined)(titled('an image of five layers by buildah', without), () => {
  const directory = mkdtempSync(join(tmpdir(), 'taskport-clients-'));
  const inside = (name: string): string => join(directory, name);
  const policy = ['--policy', inside('policy.json')];
  let host: Host;
  let registry: string;
  let made: Layout;
  let other: Layout;

  const make = async (name: string): Promise<Layout> => {
    const script = join(import.meta.dirname, 'five-layers.sh');
    await output('sh', script, inside(name), inside(`store-${name}`), name);
    return new Layout(inside(name));
  };
  const calls = () => callsOf(host.url);
  const layersOf = (layout: Layout): string[] => layout.manifest.layers.map(({ digest }) => digest);
  /** SHA-256 of each layer's bytes in an archive of `docker save`, the lowest first. */
  const savedLayers = async (archive: string): Promise<string[]> => {
    const read = (name: string): Promise<Buffer> => bytesOf('tar', 'xOf', archive, name);
    const [{ Layers }] = JSON.parse((await read('manifest.json')).toString()) as [{ Layers: string[] }];
    const names = await Promise.all(
      Layers.map(async (name) => {
        // A repeated layer is stored once, with links.
        const [, link] = /-> (\S+)/.exec(await output('tar', 'tvf', archive, name)) ?? [];
        return link === undefined ? name : join(name, '..', link);
      }),
    );
    const layers = await Promise.all(names.map(read));
    return layers.map((bytes) => `sha256:${createHash('sha256').update(bytes).digest('hex')}`);
  };

  beforeAll(async () => {
    writeFileSync(inside('policy.json'), JSON.stringify({ default: [{ type: 'insecureAcceptAnything' }] }));
    [made, other, host] = await Promise.all([
      make('made'),
      make('other'),
      startHost({ port: 0, onEvent: () => {} }),
    ]);
    registry = new URL(host.url).host;
    await makeLocations(calls(), { name: 'images', kind: 'image' });
    await pushTo(calls(), REPOSITORY, made.image, '1');
    await pushTo(calls(), 'images/other', other.image, '1');
  });
  afterAll(async () => {
    await host.stop();
    rmSync(directory, { recursive: true });
  });

  it('has five layers, whiteouts in two, and one of them twice', async () => {
    const layers = layersOf(made);
    expect(layers).toHaveLength(5);
    expect(layers[1]).toBe(layers[3]);
    const names = await Promise.all(
      [2, 4].map((at) =>
        output('tar', 'tzf', join(inside('made'), 'blobs', ...(layers[at] ?? '').split(':'))),
      ),
    );
    for (const each of names) expect(each).toContain('.wh.');
  });

  const noSkopeo = missing('skopeo');
  describe.skipIf(noSkopeo !== undefined)(titled('by skopeo', noSkopeo), () => {
    const source = (reference: string): string => `docker://${registry}/${REPOSITORY}${reference}`;

    it.each([':1', '@digest'])('is copied byte for byte, by %s', async (by) => {
      const to = inside(`skopeo${by.length}`);
      const reference = by === ':1' ? by : `@${made.digest}`;
      await output('skopeo', ...policy, 'copy', '--src-tls-verify=false', source(reference), `dir:${to}`);
      expect(readFileSync(join(to, 'manifest.json'))).toEqual(made.blob(made.digest));
      const blobs = new Set([...layersOf(made), made.manifest.config.digest]);
      const files = readdirSync(to).filter((name) => /^[0-9a-f]{64}$/.test(name));
      expect(files.sort()).toEqual([...blobs].map((digest) => digest.slice('sha256:'.length)).sort());
      for (const digest of blobs)
        expect(readFileSync(join(to, digest.slice('sha256:'.length))).equals(made.blob(digest))).toBe(true);
    });

    it('is inspected without its layers, and listed', async () => {
      const inspect = ['inspect', '--tls-verify=false', source(':1')];
      const { Digest, Layers, RepoTags } = JSON.parse(await output('skopeo', ...policy, ...inspect));
      expect({ Digest, Layers, RepoTags }).toEqual({
        Digest: made.digest,
        Layers: layersOf(made),
        RepoTags: ['1'],
      });
      expect(await output('skopeo', ...policy, 'inspect', '--raw', '--tls-verify=false', source(':1'))).toBe(
        made.blob(made.digest).toString(),
      );
    });

    it('is removed by tag, and is then gone', async () => {
      await tag(calls(), REPOSITORY, 'doomed', made);
      await output('skopeo', ...policy, 'inspect', '--tls-verify=false', source(':doomed'));
      await fetch(`${host.url}/v2/${REPOSITORY}/manifests/doomed`, { method: 'DELETE' });
      await expect(
        output('skopeo', ...policy, 'inspect', '--tls-verify=false', source(':doomed')),
      ).rejects.toThrow(/manifest unknown|MANIFEST_UNKNOWN|manifest doomed/i);
      await output('skopeo', ...policy, 'inspect', '--tls-verify=false', source(':1'));
    });

    it('is not pushed by it, and the refusal explains how', async () => {
      const push = ['copy', '--dest-tls-verify=false', `oci:${inside('made')}:latest`, source(':pushed')];
      await expect(output('skopeo', ...policy, ...push)).rejects.toThrow('taskport image push');
    });
  });

  const stores = (program: string): string[] => [
    ...[
      '--storage-driver',
      'vfs',
      '--root',
      inside(`${program}-root`),
      '--runroot',
      inside(`${program}-run`),
    ],
  ];
  const pull = ['pull', '--tls-verify=false', '--signature-policy', inside('policy.json')];

  it('is a base for buildah, which keeps it byte for byte', async () => {
    const name = `${registry}/${REPOSITORY}:1`;
    await output('buildah', ...stores('buildah'), ...pull, name);
    const inspect = ['inspect', '--type', 'image', name];
    const image = JSON.parse(await output('buildah', ...stores('buildah'), ...inspect));
    expect(image.FromImageDigest).toBe(made.digest);
    expect(image.OCIv1).toEqual(made.config);
    const buildah = async (...args: string[]): Promise<string> =>
      (await output('buildah', ...stores('buildah'), ...args)).trim();
    const root = await buildah('mount', await buildah('from', '--pull-never', name));
    expect(readFileSync(join(root, 'text'), 'utf8')).toBe('made\n');
    expect(readdirSync(join(root, 'data')).sort()).toEqual(['old']);
    expect(readdirSync(join(root, 'data/old'))).toEqual(['new']);
    const saved = inside('buildah.tar');
    await buildah('push', '--signature-policy', inside('policy.json'), name, `docker-archive:${saved}`);
    expect(await savedLayers(saved)).toEqual(made.config.rootfs.diff_ids);
  });

  const noPodman = missing('podman');
  it.skipIf(noPodman !== undefined)(
    titled('by podman has its digest, and every byte of its layers', noPodman),
    async () => {
      const name = `${registry}/${REPOSITORY}:1`;
      await output('podman', ...stores('podman'), ...pull, name);
      const [image] = JSON.parse(await output('podman', ...stores('podman'), 'image', 'inspect', name));
      expect({ digest: image.Digest, id: `sha256:${image.Id}`, layers: image.RootFS.Layers }).toEqual({
        digest: made.digest,
        id: made.manifest.config.digest,
        layers: made.config.rootfs.diff_ids,
      });
      const saved = inside('podman.tar');
      await output('podman', ...stores('podman'), 'save', '-o', saved, name);
      expect(await savedLayers(saved)).toEqual(made.config.rootfs.diff_ids);
    },
  );

  const noDocker = missing('dockerd', 'docker', 'ip', 'containerd', 'ctr');
  describe.skipIf(noDocker !== undefined)(titled('by a daemon', noDocker), () => {
    let daemon: Daemon;
    beforeAll(async () => {
      daemon = await startDocker();
    });
    afterAll(() => daemon.stop());
    const docker = (...args: string[]): Promise<string> => output('docker', '-H', daemon.host, ...args);
    const ctr = (...args: string[]): string[] => ['-a', daemon.containerd, '-n', 'test', ...args];

    it('docker: is pulled by tag and by digest, byte for byte, and runs', async () => {
      const name = `${registry}/${REPOSITORY}`;
      await docker('pull', `${name}:1`);
      await docker('pull', `${name}@${made.digest}`);
      const [{ Id, RepoDigests, RootFS }] = JSON.parse(await docker('image', 'inspect', `${name}:1`));
      expect({ Id, RepoDigests, layers: RootFS.Layers }).toEqual({
        Id: made.manifest.config.digest,
        RepoDigests: [`${name}@${made.digest}`],
        layers: made.config.rootfs.diff_ids,
      });
      const saved = inside('docker.tar');
      await docker('save', '-o', saved, `${name}:1`);
      expect(await savedLayers(saved)).toEqual(made.config.rootfs.diff_ids);
      const ran = ['run', '--rm', '--pull', 'never', '--network', 'none', `${name}:1`];
      expect(await docker(...ran)).toBe('made\n');
      expect(await docker(...ran, '/bin/sh', '-c', 'cd /; cat twice data/old/*; ls data data/old')).toBe(
        'twice\nnew\ndata:\nold\n\ndata/old:\nnew\n',
      );
    });

    it('docker: gets readable messages about forbidden and missing images', async () => {
      await expect(docker('pull', `${registry}/${REPOSITORY}:none`)).rejects.toThrow(/has no manifest none/);
      await expect(docker('pull', `${registry}/nowhere/app:1`)).rejects.toThrow(/no such repository/);
      await docker('tag', `${registry}/${REPOSITORY}:1`, `${registry}/images/mine:1`);
      await expect(docker('push', `${registry}/images/mine:1`)).rejects.toThrow('taskport image push');
    });

    it('ctr: has every byte in its store', async () => {
      const name = `${registry}/${REPOSITORY}:1`;
      await output('ctr', ...ctr('images', 'pull', '--plain-http', name));
      for (const digest of [made.digest, made.manifest.config.digest, ...layersOf(made)])
        expect((await bytesOf('ctr', ...ctr('content', 'get', digest))).equals(made.blob(digest))).toBe(true);
    });

    it('docker: a tag that moves during a pull gives one of both images, complete', async () => {
      const name = `${registry}/images/moving:1`;
      await pushTo(calls(), 'images/moving', made.image, '1');
      await pushTo(calls(), 'images/moving', other.image, '2');
      let moving = true;
      const move = (async () => {
        for (let n = 0; moving; n += 1) await tag(calls(), 'images/moving', '1', n % 2 === 0 ? other : made);
      })();
      for (let round = 0; round < 6; round += 1) {
        await docker('pull', name);
        const [{ RepoDigests }] = JSON.parse(await docker('image', 'inspect', name));
        const ran = await docker('run', '--rm', '--pull', 'never', '--network', 'none', name);
        const whole = { 'made\n': made.digest, 'other\n': other.digest }[ran];
        expect(RepoDigests).toContain(`${registry}/images/moving@${whole}`);
        await docker('image', 'rm', name);
      }
      moving = false;
      await move;
    });
  });
});
