import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { titled } from '../bundle.ts';
import { archiveOf } from '../uploading.ts';
import { type Run, startCommandLine } from './command-line.ts';
import { digestOf } from './image-layout.ts';

const without = spawnSync('skopeo', ['--version']).status === 0 ? undefined : 'skopeo is not installed';

describe.skipIf(without !== undefined)(titled('an image copied by skopeo', without), () => {
  const directory = mkdtempSync(join(tmpdir(), 'taskport-skopeo-'));
  const inside = (name: string): string => join(directory, name);
  let run: Run;
  let stop: () => Promise<void>;
  let layers: Uint8Array[];
  beforeAll(async () => {
    const started = await startCommandLine();
    stop = started.stop;
    run = (args) => started.run(args, { env: { XDG_CACHE_HOME: inside('cache') } });
    await run(['location', 'create', 'images', '--kind', 'image']);

    // The format of `docker save`, without a registry.
    layers = await Promise.all([
      archiveOf({ name: 'etc/', type: 'directory' }, { name: 'etc/os', content: 'base' }),
      archiveOf({ name: 'opt/app', content: 'program' }),
    ]);
    const config = {
      architecture: 'amd64',
      os: 'linux',
      config: { Cmd: ['/opt/app'] },
      rootfs: { type: 'layers', diff_ids: layers.map(digestOf) },
      history: [{ created_by: 'base' }, { created_by: 'app' }],
    };
    const saved = await archiveOf(
      { name: 'config.json', content: JSON.stringify(config) },
      {
        name: 'manifest.json',
        content: JSON.stringify([
          { Config: 'config.json', RepoTags: ['demo/app:1'], Layers: ['0.tar', '1.tar'] },
        ]),
      },
      ...layers.map((content, at) => ({ name: `${at}.tar`, content })),
    );
    writeFileSync(inside('saved.tar'), saved);
    writeFileSync(inside('policy.json'), JSON.stringify({ default: [{ type: 'insecureAcceptAnything' }] }));
  });
  afterAll(async () => {
    await stop();
    rmSync(directory, { recursive: true });
  });

  it.each(['gzip', 'zstd'])('comes in by one command, layer by layer, packed by %s', async (format) => {
    const layout = inside(format);
    const packed = ['--dest-compress', '--dest-compress-format', format];
    const policy = ['--policy', inside('policy.json')];
    const copy = ['copy', ...packed, `docker-archive:${inside('saved.tar')}`, `oci:${layout}:1`];
    execFileSync('skopeo', [...policy, ...copy], { stdio: 'pipe' });

    const [image] = (await run(['image', 'push', `images/${format}:1`, layout, '--json'])).json;
    const raw = execFileSync('skopeo', ['inspect', '--raw', `oci:${layout}:1`]);
    expect(image).toMatchObject({ state: 'ready', digest: digestOf(raw) });
    // Compressed, they are other bytes; unpacked, the same files.
    expect(image.unpackedSize).toBe('base'.length + 'program'.length);
  });
});
