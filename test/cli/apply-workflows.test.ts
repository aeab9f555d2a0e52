/** The workflows as files for `apply`, with the same results as the calls of the workflows. */
import { cpSync, mkdtempSync, readdirSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { packLayer } from '../workflows/layer.ts';
import { type Run, runAgainst, startCommandLine } from './command-line.ts';
import { startRecordingProxy } from './recording-proxy.ts';

const EXAMPLES = join(import.meta.dirname, '../../examples/apply');
const names = readdirSync(EXAMPLES).filter((name) => name.endsWith('.yaml'));
const directory = mkdtempSync(join(tmpdir(), 'taskport-apply-'));

let proxy: Awaited<ReturnType<typeof startRecordingProxy>>;
let run: Run;
let stop: () => Promise<void>;
beforeAll(async () => {
  let url: string;
  ({ url, stop } = await startCommandLine());
  proxy = await startRecordingProxy(url);
  run = runAgainst(proxy.url);
  cpSync(EXAMPLES, directory, { recursive: true });
  writeFileSync(
    join(directory, 'root.tar.gz'),
    (await packLayer({ 'bin/sh': realpathSync('/bin/sh') })).bytes,
  );
});
afterAll(async () => {
  proxy.stop();
  await stop();
  rmSync(directory, { recursive: true });
});

const planOf = async (executor: string) =>
  (await run(['compose', 'plan', executor, '--target', 'oci', '--json'])).json[0];
const membersOf = async (executor: string) =>
  (await run(['compose', 'show', executor, '--json'])).json[0].composition.members;
const show = async (kind: string, id: string) => (await run([kind, 'show', id, '--json'])).json[0];

/** The expected result of each workflow, by name. */
const outcomes: Readonly<Record<string, () => Promise<void>>> = {
  'image-with-scratch-parent': async () => {
    expect(await show('image', 'scratch-images/base-1.0')).toMatchObject({
      parentId: 'scratch:',
      state: 'ready',
      metadata: { ro: { os: 'linux', shell: '/bin/sh' }, rw: { channel: 'testing' } },
    });
    expect(await show('image', 'scratch-images/bare')).toMatchObject({ parentId: 'scratch:', capacity: 0 });
  },
  'image-with-specific-parent': async () =>
    expect(await show('image', 'layers/taskport-0.1')).toMatchObject({
      parentId: 'image://layers/base-1.0',
      state: 'ready',
    }),
  'image-with-freespace': async () => {
    const { capacity } = await show('image', 'disks/base');
    expect(await show('image', 'disks/snug')).toMatchObject({ capacity, freeSpace: 1024 });
    expect(await show('image', 'disks/roomy')).toMatchObject({ resizedFrom: capacity, freeSpace: 8192 });
  },
  'metadata-only-image': async () => {
    const filter = 'ro.registry/image=docker.io/library/alpine:3.20';
    await expect
      .poll(async () => (await run(['image', 'list', 'catalogue', '--filter', filter, '--json'])).json)
      .toMatchObject([{ id: 'image://catalogue/alpine-3.20', state: 'ready', capacity: 0 }]);
    expect(await show('image', 'catalogue/taskport-0.1')).toMatchObject({ resizedFrom: 0 });
  },
  'listing-specific-images': () =>
    expect
      .poll(async () =>
        (await run(['image', 'list', 'gallery', '--filter', 'ro.os=linux', '--json'])).json.map(
          ({ name }) => name,
        ),
      )
      .toEqual(['alpine-3.19', 'alpine-3.20', 'busybox-1.36']),
  'fresh-volume': async () => {
    expect(await show('volume', 'fresh-volumes/index')).toMatchObject({ capacity: 10_240, state: 'ready' });
    expect(await show('volume', 'fresh-volumes/seeded')).toMatchObject({ freeSpace: 1024, state: 'ready' });
  },
  'volume-from-parent': async () => {
    const { capacity, resizedFrom } = await show('volume', 'homes/ada');
    expect(capacity).toBeGreaterThan(resizedFrom);
    expect(await show('volume', 'homes/ada-snapshot')).toMatchObject({
      parentId: 'volume://homes/ada',
      capacity,
    });
  },
  'nfs-volume': async () => {
    const volume = await show('volume', 'shared/results');
    expect(volume).toMatchObject({ state: 'ready', metadata: { rw: { owner: 'ada' } } });
    expect(volume).not.toHaveProperty('capacity');
  },
  'nfs-volume-from-parent': async () =>
    expect((await run(['volume', 'show', 'nfs-homes/ada'])).err).toContain('not-found'),
  'non-persistent-volume': async () => {
    expect(await membersOf('brief-boxes/box-1')).toMatchObject([
      { id: 'image://brief-images/shell', bound: true },
      { bound: true, mount: { path: '/work', readOnly: false, persistent: false } },
      { bound: true, task: { state: 'bound', attempt: 1 } },
    ]);
  },
  'nothing-at-root': async () => {
    expect(await membersOf('bare-boxes/box-1')).toMatchObject([
      { bound: true, mount: { path: '/opt' } },
      { bound: true, mount: { path: '/data' } },
    ]);
    const plan = await run(['compose', 'plan', 'bare-boxes/box-1', '--target', 'oci']);
    expect(plan.err).toContain('has no root filesystem');
    expect(await planOf('bare-boxes/box-2')).toMatchObject({
      task: { id: 'task://bare-tasks/list', attempt: 1 },
    });
  },
  'read-only-root-filesystem': async () => {
    expect(await planOf('fixed-boxes/box-1')).toMatchObject({
      config: { root: { readonly: true } },
      storage: [
        { id: 'image://fixed-images/shell', readOnly: true },
        { id: 'volume://fixed-volumes/state', readOnly: false },
      ],
    });
    expect(await planOf('fixed-boxes/box-2')).toMatchObject({ config: { root: { readonly: true } } });
  },
  'use-of-image': async () =>
    expect(await planOf('used-boxes/box-1')).toMatchObject({
      task: { id: 'task://used-tasks/show', attempt: 1 },
      layers: [{ id: 'image://used-images/shell' }, { id: 'image://used-images/app-1.0' }],
      config: { process: { cwd: '/srv/taskport' }, root: { readonly: false } },
    }),
  'use-of-volume-and-image': async () => {
    expect(await planOf('shared-boxes/box-1')).toMatchObject({
      storage: [
        { id: 'image://shared-images/shell', mountPath: '/', writable: 'layer' },
        { id: 'volume://shared-volumes/documents', mountPath: '/mnt/documents', readOnly: true },
        { id: 'volume://shared-volumes/scratch', mountPath: '/scratch', writable: 'volume', layers: [] },
      ],
    });
    expect(await membersOf('shared-boxes/box-2')).toMatchObject([{ bound: true, mount: { readOnly: true } }]);
  },
  'composition-from-end-to-end': async () => {
    const members = await membersOf('whole-boxes/box-1');
    expect(members).toHaveLength(5);
    // Its absolute paths are below the mount of the volume.
    expect(members).toContainEqual(
      expect.objectContaining({
        id: 'task://whole-tasks/serve',
        bound: true,
        task: expect.objectContaining({
          spec: expect.objectContaining({
            process: { args: ['/opt/bin/serve', '/etc/serve.conf'], cwd: '/opt/srv' },
          }),
        }),
      }),
    );
    expect(await show('executor', 'whole-boxes/box-1')).toMatchObject({ metadata: { rw: { rack: '7' } } });
  },
};

const resultsOf = (json: readonly { readonly result: string }[]) => [
  ...new Set(json.map(({ result }) => result)),
];

describe('a workflow as a file', () => {
  it('exists for each workflow with an expected result', () => {
    expect(names.map((name) => name.replace('.yaml', '')).sort()).toEqual(Object.keys(outcomes).sort());
  });

  for (const [name, outcome] of Object.entries(outcomes)) {
    it(`${name}: shows what it would create, creates it, and then finds nothing to do`, async () => {
      const file = ['-f', join(directory, `${name}.yaml`), '--json'];
      const isRefused = name === 'nfs-volume-from-parent';
      proxy.writes();
      const foreseen = await run(['diff', ...file]);
      expect(foreseen).toMatchObject({ code: 0, err: '' });
      expect(resultsOf(foreseen.json)).toEqual(['created']);
      expect(proxy.writes()).toEqual([]);

      const made = await run(['apply', ...file]);
      expect(made.code, made.err).toBe(isRefused ? 1 : 0);
      expect(made.json.map(({ id }) => id)).toEqual(foreseen.json.map(({ id }) => id));
      expect(resultsOf(made.json)).toEqual(isRefused ? ['created', 'failed'] : ['created']);
      if (isRefused) expect(made.err).toContain('"code":"invalid-parent"');
      expect(proxy.writes()).not.toEqual([]);

      const again = await run(['apply', ...file]);
      expect(again.code).toBe(made.code);
      expect(resultsOf(again.json)).toEqual(isRefused ? ['unchanged', 'failed'] : ['unchanged']);
      expect(proxy.writes()).toHaveLength(isRefused ? 1 : 0);
      await outcome();
    });
  }
});
