/**
 * The claims of docs/security.md about tenants, on a real engine. A tenant chooses the program, its user and its files. The comparison is `docker
 * run` of the same image on the same engine.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readlinkSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { ContainerInspectInfo } from 'dockerode';
import { afterAll, beforeAll, describe, expect, inject, it, vi } from 'vitest';
import type { DockerEngine } from '../../cli/docker/docker-engine.ts';
import { filtersOf, labelNames } from '../../cli/docker/labels.ts';
import { machineRules } from '../../cli/runner/machine-rules.ts';
import type { PlanInput } from '../../lib/composition/plan/plan-input.ts';
import type { TaskSpec } from '../../lib/element/task-spec.ts';
import type { Attempt, Exit } from '../../lib/execution/attempt.ts';
import { LaunchError } from '../../lib/execution/engine.ts';
import { titled } from '../bundle.ts';
import { archiveOf, busyboxTree, type Tree } from '../busybox.ts';
import { imageOf } from '../oci.ts';
import { PATIENCE } from '../patience.ts';
import { DockerBench, rootOf, sh } from './bench.ts';
import { withoutDocker } from './dockerd.ts';

const without = withoutDocker();
const MIB = 2 ** 20;
const FOREVER = 'trap "exit 0" TERM; while :; do sleep 0.05; done';
const link = (linkname: string) => ({ type: 'symlink', linkname }) as const;
const lines = (text: string): string[] => text.split('\n').filter((line) => line !== '');

describe.skipIf(without)(titled('a task of a tenant', without), () => {
  let bench: DockerBench;
  let engine: DockerEngine;
  let image: string;
  beforeAll(async () => {
    bench = await DockerBench.open(inject('dockerHost'));
    engine = bench.engine({
      assertLet: machineRules({ capabilities: ['NET_ADMIN'], secrets: ['jobs/'] }),
      secretOf: async (reference) => `planted-${reference}`,
    });
    const first = await begin([sh(FOREVER)]);
    image = (await inspect(first.attempts[0] as Attempt)).Image;
    await first.end();
  });
  afterAll(async () => {
    await engine?.close();
    await bench?.close();
  });

  const inspect = async ({ executorId, taskId, attempt }: Attempt): Promise<ContainerInspectInfo> => {
    const filters = filtersOf(bench.scope, { kind: 'task', executorId, taskId, attempt });
    const { docker } = bench.reached;
    const [found] = await docker.listContainers({ all: true, filters });
    return docker.getContainer(found?.Id ?? '').inspect();
  };

  /** Starts the tasks of an executor, one beside another; `end` stops them and cleans up. */
  const begin = async (specs: readonly TaskSpec[], parts: Partial<PlanInput> = {}) => {
    const { container, attempts } = bench.composed(specs, parts);
    const executions = [];
    for (const attempt of attempts) executions.push(await engine.start(attempt, container, bench.options()));
    const end = async (): Promise<void> => {
      for (const attempt of attempts.toReversed()) await engine.stop(attempt);
      for (const attempt of attempts.toReversed()) await engine.forget(attempt);
    };
    return { attempts, executions, end };
  };

  /** Runs one task to its end. */
  const run = async (
    spec: TaskSpec,
    parts: Partial<PlanInput> = {},
  ): Promise<{ readonly said: string[]; readonly errors: string[]; readonly exit: Exit }> => {
    const { attempts, executions, end } = await begin([spec], parts);
    const [attempt] = attempts as [Attempt];
    const exit = (await executions[0]?.ended) as Exit;
    const found = { said: bench.lines(attempt), errors: bench.lines(attempt, 'stderr'), exit };
    await end();
    return found;
  };

  /** The same by `docker run` without options. */
  const byHand = (script: string): string[] =>
    lines(
      execFileSync(
        'docker',
        ['-H', inject('dockerHost'), 'run', '--rm', '--pull', 'never', image, '/bin/sh', '-c', script],
        { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] },
      ),
    );
  const alike = async (script: string): Promise<string[]> => {
    const said = lines((await run(sh(script))).said.join('\n'));
    expect(said).toEqual(byHand(script));
    expect(said).not.toEqual([]);
    return said;
  };

  const rootWith = async (tree: Tree, config: object = {}) => {
    const made = imageOf([gzipSync(await archiveOf({ ...busyboxTree(), ...tree }))], {
      config: { created: new Date(Date.now() + Math.round(Math.random() * 1e9)).toISOString(), config },
    });
    await bench.push(made);
    return rootOf(made);
  };
  const volume = (name: string, path: string): PlanInput['storage'][number] => ({
    id: `volume://data/${name}`,
    kind: 'volume',
    instance: '2026-01-31T12:00:00.000Z',
    attachment: name,
    mount: { path, readOnly: false, persistent: true },
    layers: [],
  });

  it('has the capabilities of `docker run`, and the allowed ones', async () => {
    const script = 'grep ^Cap /proc/self/status';
    const bounding = (said: readonly string[]): bigint =>
      BigInt(`0x${said.find((line) => line.startsWith('CapBnd'))?.split('\t')[1]}`);
    const usual = bounding(await alike(script));
    const asking = (name: string) =>
      sh(script, { process: { capabilities: { add: [name as 'CAP_SYS_ADMIN'] } } });
    const more = bounding((await run(asking('CAP_NET_ADMIN'))).said);
    expect(more).toBe(usual | (1n << 12n));
    await expect(begin([asking('CAP_SYS_ADMIN')])).rejects.toThrow(
      /CAP_SYS_ADMIN, which this runner does not let/,
    );
    const none = await run(sh(script, { process: { capabilities: { drop: ['ALL'] } } }));
    expect(bounding(none.said)).toBe(0n);
  });

  it('has the engine’s seccomp profile', async () => {
    expect(await alike('grep -E "^(Seccomp|NoNewPrivs):" /proc/self/status')).toContain('Seccomp:\t2');
    const { exit, errors } = await run(sh('unshare -U true'));
    expect(exit).not.toMatchObject({ exitCode: 0 });
    expect(errors.join()).toContain('Operation not permitted');
  });

  it('mounts nothing of the machine', async () => {
    await alike(`awk '{ print $5 }' /proc/self/mountinfo | sort`);
    const { attempts, end } = await begin([sh(FOREVER)], { storage: [bench.root, volume('own', '/data')] });
    const { HostConfig, Mounts } = await inspect(attempts[0] as Attempt);
    expect(HostConfig).toMatchObject({ Privileged: false, Binds: null, VolumesFrom: null });
    expect(HostConfig.Devices ?? []).toEqual([]);
    expect(Mounts.map(({ Type, Destination }) => [Type, Destination])).toEqual([['volume', '/data']]);
    await end();
    const { said } = await run(sh('ls -d /var/run/docker.sock /run/docker.sock 2>&1 | grep -c "No such"'));
    expect(said).toEqual(['2']);
  });

  it('opens no device of the machine, even one that it creates', async () => {
    await alike('ls /dev | sort');
    // The memory of the machine, and its first disk.
    const { said, errors } = await run(
      sh(
        'for d in "c 1 1" "b 8 0" "b 254 0"; do mknod /made $d; head -c 1 /made || echo refused; rm /made; done',
      ),
    );
    expect(said).toEqual(['refused', 'refused', 'refused']);
    expect(errors.every((line) => /not permitted|No such device/.test(line))).toBe(true);
  });

  it('has the same masked paths of `/proc` and `/sys` as `docker run`', async () => {
    await alike(
      'wc -c /proc/kcore /proc/keys /proc/timer_list /proc/scsi 2>&1; ls /sys/firmware /proc/acpi 2>&1',
    );
    const write =
      'for f in /proc/sys/kernel/panic /proc/sysrq-trigger /sys/kernel/uevent_helper; do echo h > $f; done 2>&1';
    const refused = await alike(`${write} | grep -cE "Read-only|not permitted|denied|nonexistent"; true`);
    expect(refused).toEqual(['3']);
  });

  it('sees only processes of its executor', async () => {
    const named = (name: string) => sh(`: ${name}; ${FOREVER}`);
    const mine = await begin([named('of-mine'), named('of-mine-too')]);
    const theirs = await begin([named('of-theirs')]);
    const script = 'cat /proc/[0-9]*/cmdline | tr "\\0" "\\n"';
    const { said } = await run(sh(script));
    expect(said.join('\n')).not.toMatch(/of-mine;|of-theirs;|dockerd/);
    const { container, attempts } = bench.composed([named('of-mine'), sh(script)], {});
    const [, side] = attempts as [Attempt, Attempt];
    const beside = { ...side, executorId: mine.attempts[0]?.executorId ?? '', taskId: 'task://jobs/t-2' };
    const group = { ...container, executor: { ...container.executor, id: beside.executorId } };
    const [main, probe] = group.tasks;
    const joined = { ...group, tasks: [main, { ...probe, id: beside.taskId }] as typeof group.tasks };
    await (await engine.start(beside, joined, bench.options())).ended;
    const seen = bench.lines(beside).join('\n');
    expect(seen).toMatch(/of-mine;/);
    expect(seen).toMatch(/of-mine-too;/);
    expect(seen).not.toMatch(/of-theirs;|dockerd/);
    await engine.forget(beside);
    await mine.end();
    await theirs.end();
  });

  it('shares namespaces with its executor, and none with the machine', async () => {
    const names = ['net', 'pid', 'ipc', 'mnt', 'uts'];
    const script = sh(`for n in ${names.join(' ')}; do readlink /proc/self/ns/$n; done; ${FOREVER}`);
    const [mine, theirs] = [await begin([script, script]), await begin([script])];
    const namespaces = async (attempt: Attempt): Promise<string[]> => {
      await expect.poll(() => bench.lines(attempt).length).toBe(names.length);
      return bench.lines(attempt);
    };
    const [one, two] = await Promise.all(mine.attempts.map(namespaces));
    const [other] = await Promise.all(theirs.attempts.map(namespaces));
    const machine = names.map((name) => readlinkSync(`/proc/self/ns/${name}`));
    const sharedBy = (some: readonly string[] = [], others: readonly string[] = []) =>
      names.filter((_, at) => some[at] === others[at]);
    expect(sharedBy(one, two)).toEqual(expect.arrayContaining(['net', 'pid', 'ipc']));
    expect(sharedBy(one, two)).not.toContain('mnt');
    expect(sharedBy(one, other)).toEqual([]);
    for (const all of [one, two, other]) expect(sharedBy(all, machine)).toEqual([]);
    await mine.end();
    await theirs.end();
  });

  it.each([
    ['host', { mode: 'host' }],
    ['theirs', { mode: 'theirs' }],
    ['port:80', { ports: [{ port: 80 }] }],
  ])(
    'has the network of the machine, and its first ports, only if they are allowed: %s',
    async (what, network) => {
      const executor = { id: `executor://${bench.scope.location}/networked`, spec: { network } };
      const { container, attempts } = bench.composed([sh('true')], { executor });
      const attempt = { ...(attempts[0] as Attempt), executorId: executor.id };
      const started = engine.start(attempt, container, bench.options());
      await expect(started).rejects.toThrow(`asks for ${what}, which this runner does not let tasks have`);
    },
  );

  it('mounts only volumes that it joined', async () => {
    const write = sh('echo planted > /data/file');
    await run(write, { storage: [bench.root, volume('theirs', '/data')] });
    const { said } = await run(
      sh('ls -A /data; grep -c " /data " /proc/self/mountinfo; find / -name file -not -path "/proc/*"'),
      {
        storage: [bench.root, volume('mine', '/data')],
      },
    );
    expect(said).toEqual(['1']);
    // The volume is there for the executor that joined it.
    const again = await run(sh('cat /data/file'), { storage: [bench.root, volume('theirs', '/data')] });
    expect(again.said).toEqual(['planted']);
  });

  describe('and files of the machine', () => {
    let outside: string;
    beforeAll(() => {
      outside = mkdtempSync(join(tmpdir(), 'taskport-outside-'));
    });
    afterAll(() => rmSync(outside, { recursive: true, force: true }));

    it.each(['dev', 'proc', 'sys', 'etc'])('stays inside if `%s` is a link', async (name) => {
      for (const target of [outside, `../../../../../../../..${outside}`]) {
        const storage = [await rootWith({ [name]: link(target) })];
        const ended = await run(sh(`echo runs; echo planted > /${name}/planted; ls /`), { storage }).catch(
          (error: Error) => error,
        );
        // The engine mounts it inside the root, or refuses.
        if (ended instanceof Error) expect(ended).toBeInstanceOf(LaunchError);
        else expect(ended.said).toContain('runs');
        expect(readdirSync(outside)).toEqual([]);
      }
    });

    it('is mounted inside, in spite of links that lead out', async () => {
      const storage = [
        await rootWith({ out: link(`../../../../../../../..${outside}`), away: link(outside) }),
        volume('linked', '/out/inside'),
        volume('linked-too', '/away'),
      ];
      const { said } = await run(
        sh('echo planted > /out/inside/file; echo planted > /away/file; cat /out/inside/file'),
        {
          storage,
        },
      );
      expect(said).toEqual(['planted']);
      expect(readdirSync(outside)).toEqual([]);
    });
  });

  it.each([
    ['', { exitSignal: 'KILL', outOfMemory: true }],
    ['; exit 4', { exitCode: 4, outOfMemory: true }],
    ['; exit 0', { exitCode: 0, outOfMemory: true }],
  ])('is killed at its memory limit, and reported so: tail%s', async (then, end) => {
    const limited = { resources: { memory: { limit: 16 * MIB } } };
    // On a busy machine the kernel may kill the shell as well, before it has the child's memory back.
    await vi.waitFor(async () => {
      const { exit } = await run(sh(`head -c 64m /dev/zero | tail${then}`, limited));
      expect(exit).toEqual({ ...end, at: expect.any(String) });
    }, PATIENCE);
  });

  it('forks no more than its limit of processes', async () => {
    const bomb = 'n=0; while [ $n -lt 100 ]; do sleep 30 & n=$((n + 1)); echo $n; done';
    const { said, errors } = await run(sh(bomb, { resources: { pids: 20 } }));
    expect(said.length).toBeLessThan(20);
    expect(errors.join()).toContain("can't fork");
  });

  it('has the limits of its specification', async () => {
    const script =
      'cat /sys/fs/cgroup/cpu/cpu.cfs_quota_us /sys/fs/cgroup/cpu.max 2>/dev/null; ulimit -n; ulimit -c';
    const { said } = await run(
      sh(script, {
        process: {
          rlimits: [
            { type: 'RLIMIT_NOFILE', soft: 64, hard: 64 },
            { type: 'RLIMIT_CORE', soft: 0, hard: 0 },
          ],
        },
        resources: { cpu: { quota: 25_000, period: 100_000 } },
      }),
    );
    expect(said.join(' ')).toMatch(/^25000( 100000)? 64 0$/);
  });

  it('has nothing of the runner’s environment', async () => {
    process.env.PLANTED_TOKEN = 'planted';
    const { said } = await run(sh('env', { process: { env: [{ name: 'OWN', value: 'own' }] } }));
    delete process.env.PLANTED_TOKEN;
    const names = said.map((line) => line.split('=')[0]).sort();
    expect(names).toEqual(['HOME', 'HOSTNAME', 'OWN', 'PATH', 'PWD', 'SHLVL']);
  });

  it('is not confused with another by labels of its image', async () => {
    const theirs = await begin([sh(FOREVER)]);
    const [victim] = theirs.attempts as [Attempt];
    const Labels = {
      [labelNames.executor]: victim.executorId,
      [labelNames.task]: victim.taskId,
      [labelNames.attempt]: '9',
      [labelNames.kind]: 'group',
      [labelNames.storage]: 'volume://data/theirs',
    };
    const mine = await begin([sh(FOREVER)], { storage: [await rootWith({}, { Labels })] });
    const found = (await bench.engine().find()).map(({ attempt }) => attempt);
    expect(found).toEqual(expect.arrayContaining([victim, ...mine.attempts]));
    expect(found).toHaveLength(2);
    await mine.end();
    await theirs.end();
    const said = bench.composed([sh('true', { annotations: { [labelNames.attempt]: '9' } })]);
    await expect(engine.start(said.attempts[0] as Attempt, said.container, bench.options())).rejects.toThrow(
      /as only annotations of the service do/,
    );
  });

  it('has secrets in variables, which the engine shows, and in files, which it does not', async () => {
    const secrets = [
      { name: 'TOKEN', valueFrom: 'jobs/variable', target: 'env' },
      { name: 'key', valueFrom: 'jobs/file', target: 'file' },
    ] as const;
    const script = `echo $TOKEN; cat /run/secrets/key; echo; ${FOREVER}`;
    const { attempts, end } = await begin([sh(script, { secrets, process: { user: { uid: 1000 } } })]);
    const [attempt] = attempts as [Attempt];
    await expect.poll(() => bench.lines(attempt)).toEqual(['planted-jobs/variable', 'planted-jobs/file']);
    const told = JSON.stringify(await inspect(attempt));
    expect(told).toContain('TOKEN=planted-jobs/variable');
    expect(told).not.toContain('planted-jobs/file');
    const others = await bench.reached.docker.listContainers({ all: true, filters: filtersOf(bench.scope) });
    expect(others.map(({ Labels }) => Labels[labelNames.kind]).sort()).toEqual(['group', 'task']);
    await end();
    expect(await bench.left()).toEqual([]);
    const { Volumes } = await bench.reached.docker.listVolumes({
      filters: filtersOf(bench.scope, { kind: 'secrets' }),
    });
    expect(Volumes ?? []).toEqual([]);
    const unallowed = sh('true', { secrets: [{ ...secrets[0], valueFrom: 'others/key' }] });
    await expect(begin([unallowed])).rejects.toThrow(
      /others\/key, which this runner does not let tasks have/,
    );
  });
});
