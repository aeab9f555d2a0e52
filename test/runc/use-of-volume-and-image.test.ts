/** runc runs plans: real archives, unpacked by a plan, with its document. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { OciConfig } from '../../lib/composition/plan/oci-config.ts';
import type { Layer, PlanInput } from '../../lib/composition/plan/plan-input.ts';
import type { Checksum } from '../../lib/element/checksum.ts';
import type { TaskSpec } from '../../lib/element/task-spec.ts';
import { makeBundle, programs, runc, titled, withoutRunc } from '../bundle.ts';
import { planOf, renderOci } from '../lib/composition/plan/rendered.ts';
import { inputOf, MIB, readOnly, storage, task } from '../lib/composition/plan/some-input.ts';
import { type Layer as Packed, packLayer } from '../workflows/layer.ts';

const without = withoutRunc();

/** The data in the API, by the names of elements. */
const packed = new Map<string, Packed>();
const layerOf = (id: string): Layer => {
  const { checksum, size } = packed.get(id) as Packed;
  return { id, checksum: checksum as Checksum, size, ro: {} };
};
const fetchLayer = async (href: string): Promise<Uint8Array> => {
  const [kind, location, name = ''] = href.split('/').slice(3);
  return (packed.get(`${kind}://${location}/${decodeURIComponent(name)}`) as Packed).bytes;
};

const BASE = 'image://library/base:1';
const TOOLS = 'image://library/tools';
const DATA = 'volume://data/documents';

let directory: string;
beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'taskport-bundle-'));
  if (without !== undefined) return;
  packed.set(BASE, await packLayer(programs('/bin/sh')));
  packed.set(TOOLS, await packLayer({ ...programs('/bin/cat', '/bin/sleep'), 'etc/hello': 'package.json' }));
  packed.set(DATA, await packLayer({ documents: 'docs/adr' }));
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

const spec = (script: string, more: TaskSpec['process'] = {}): TaskSpec => ({
  process: { args: ['/bin/sh', '-c', script], ...more },
  resources: {
    memory: { limit: 64 * MIB, reservation: 32 * MIB },
    cpu: { shares: 512, quota: 50_000 },
    pids: 32,
  },
});

const root = () => storage(TOOLS, '/', [layerOf(BASE), layerOf(TOOLS)]);
const documents = () => storage(DATA, '/mnt/documents', [layerOf(DATA)]);
const scratch = () => storage('volume://data/scratch', '/mnt/documents/scratch', []);

let count = 0;
const bundleOf = async (input: PlanInput): Promise<string> => {
  const bundle = join(directory, String(++count));
  await makeBundle(planOf(renderOci(input)), bundle, fetchLayer);
  return bundle;
};
const run = (bundle: string) => runc(bundle, 'run', '--bundle', bundle, `taskport-${process.pid}-${count}`);

describe.skipIf(without !== undefined)(titled('the OCI document of use of volume and image', without), () => {
  it('runs in runc: the image is the root, the volume is mounted, and the exit code is right', async () => {
    const script = 'echo "$GREETING from $(cat /proc/sys/kernel/hostname)"; pwd; exit 7';
    const bundle = await bundleOf(
      inputOf({
        storage: [scratch(), root(), readOnly(documents())],
        tasks: [
          task(
            'task://jobs/main',
            spec(script, { cwd: '/mnt/documents', env: [{ name: 'GREETING', value: 'hello = hello' }] }),
          ),
        ],
      }),
    );
    expect(run(bundle)).toEqual({
      status: 7,
      stderr: '',
      stdout: 'hello = hello from box-1\n/mnt/documents\n',
    });
  });

  it('keeps writes to the volume, and writes nothing that is read-only', async () => {
    const attempts = ['/x', '/mnt/documents/x', '/mnt/documents/scratch/x'].map(
      (path) => `(echo written > ${path}) 2>/dev/null && echo ${path};`,
    );
    const bundle = await bundleOf(
      inputOf({
        storage: [scratch(), readOnly(root()), readOnly(documents())],
        tasks: [
          task('task://jobs/main', spec(`${attempts.join(' ')} cat /mnt/documents/documents/*one-table.md`)),
        ],
      }),
    );
    const { stdout, status, stderr } = run(bundle);
    const page = readFileSync(join(import.meta.dirname, '../../docs/adr/0001-one-table.md'), 'utf8');
    expect({ stdout, status, stderr }).toEqual({
      stdout: `/mnt/documents/scratch/x\n${page}`,
      status: 0,
      stderr: '',
    });
    expect(readFileSync(join(bundle, 'storage/1/x'), 'utf8')).toBe('written\n');
    expect(existsSync(join(bundle, 'rootfs/x'))).toBe(false);
  });

  it('has the user, umask, limits, capabilities and privileges of the specification', async () => {
    const script =
      'umask; ulimit -n; while read name value; do case $name in Uid:|Groups:|Cap*|NoNewPrivs:) echo $name $value;; esac; done < /proc/self/status';
    const bundle = await bundleOf(
      inputOf({
        storage: [root()],
        tasks: [
          task(
            'task://jobs/main',
            spec(script, {
              user: { uid: 1000, gid: 1000, umask: 0o027, additionalGids: [10, 20] },
              rlimits: [{ type: 'RLIMIT_NOFILE', soft: 100, hard: 200 }],
              capabilities: { drop: ['ALL'], add: ['CAP_KILL'] },
              noNewPrivileges: true,
            }),
          ),
        ],
      }),
    );
    const { stdout, stderr } = run(bundle);
    const kill = (1 << 5).toString(16).padStart(16, '0');
    const none = '0'.repeat(16);
    expect(stderr).toBe('');
    expect(stdout.split('\n').slice(0, -1)).toEqual([
      ...['0027', '100', 'Uid: 1000 1000 1000 1000', 'Groups: 10 20'],
      ...[`CapInh: ${none}`, `CapPrm: ${none}`, `CapEff: ${none}`, `CapBnd: ${kill}`, `CapAmb: ${none}`],
      'NoNewPrivs: 1',
    ]);
  });

  it('is limited, runs further tasks, and is stopped by the signal in the plan', async () => {
    const input = inputOf({
      storage: [root()],
      tasks: [
        task('task://jobs/main', {
          ...spec('trap "exit 5" USR1; echo > /ready; while :; do sleep 0.05; done'),
          stop: { signal: 'SIGUSR1' },
        }),
        task('task://jobs/side', {
          process: {
            args: [
              '/bin/sh',
              '-c',
              'kill -0 1 && [ ! -e /ready ] && echo $SIDE sees 1, and has a root of its own',
            ],
            env: [{ name: 'SIDE', value: 'side' }],
          },
        }),
      ],
    });
    const bundle = await bundleOf(input);
    const plan = planOf(renderOci(input));
    const id = `taskport-${process.pid}-${count}`;
    const child = spawn('runc', ['--root', join(bundle, 'state'), 'run', '--bundle', bundle, id], {
      stdio: 'ignore',
    });
    const exited = once(child, 'exit');
    try {
      while (!existsSync(join(bundle, 'rootfs/ready')) && child.exitCode === null) await setTimeout(20);
      const { pid } = JSON.parse(runc(bundle, 'state', id).stdout);
      const beside = await bundleOf(input);
      const config = plan.processes[0]?.config as OciConfig;
      const shared = ['pid', 'ipc', 'uts', 'network'];
      const namespaces = config.linux.namespaces.map(({ type }) =>
        shared.includes(type)
          ? { type, path: `/proc/${pid}/ns/${type.replace('network', 'net')}` }
          : { type },
      );
      const joined = { ...config, linux: { ...config.linux, namespaces } };
      writeFileSync(join(beside, 'config.json'), JSON.stringify(joined));
      expect(run(beside)).toEqual({
        status: 0,
        stdout: 'side sees 1, and has a root of its own\n',
        stderr: '',
      });
      const { data } = JSON.parse(runc(bundle, 'events', '--stats', id).stdout);
      expect(data).toMatchObject({ memory: { usage: { limit: 64 * MIB } }, pids: { limit: 32 } });
      expect(runc(bundle, 'kill', id, plan.executor.stop.signal)).toMatchObject({ status: 0 });
      expect(await exited).toEqual([5, null]);
    } finally {
      runc(bundle, 'delete', '--force', id);
    }
  });
});
