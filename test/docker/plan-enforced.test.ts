/** Each field of a task's specification is enforced in a real container, refused by the plan, or handled by another part with a test. */
import { readFileSync } from 'node:fs';
import { type AddressInfo, connect, createServer } from 'node:net';
import { networkInterfaces } from 'node:os';
import type { Container } from 'dockerode';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type FieldOf, takenOfTasks } from '../../docs/generate/taken.ts';
import type { ExecutorSpec } from '../../lib/element/executor-spec.ts';
import type { TaskSpec } from '../../lib/element/task-spec.ts';
import { titled } from '../bundle.ts';
import { taskSamples } from '../lib/composition/plan/field-samples.ts';
import { pathsOf, planOf, rendered } from '../lib/composition/plan/rendered.ts';
import { inputOf, MAIN, MIB, task } from '../lib/composition/plan/some-input.ts';
import { PATIENCE } from '../patience.ts';
import { withoutDocker } from './dockerd.ts';
import { Planned } from './planned.ts';

const IMAGE = 'plan-enforced';

/** Prints limits and control groups of either version, mounts, and its user. */
const TELL = `
echo "said $0 $1"; echo "cwd $PWD"; echo "env $A"; echo "id $(id -u) $(id -g) $(id -G)"
echo "umask $(umask)"; echo "init $(cat /proc/1/comm) $$"
grep -E '^(CapBnd|NoNewPrivs)' /proc/self/status
grep -E '^Max (open files|core file size)' /proc/self/limits
group() { echo "$1 $(cat "/sys/fs/cgroup/$2" 2>/dev/null || cat "/sys/fs/cgroup/$3")"; }
group memory memory/memory.limit_in_bytes memory.max
group reservation memory/memory.soft_limit_in_bytes memory.low
group shares cpu/cpu.shares cpu.weight
group quota cpu/cpu.cfs_quota_us cpu.max
group period cpu/cpu.cfs_period_us cpu.max
group pids pids/pids.max pids.max
(echo > /written) 2>/dev/null && echo "root writable" || echo "root read-only"
grep ' /scratch ' /proc/mounts; stat -c 'mode %a' /scratch
exit 3`;

const tell: TaskSpec = {
  process: {
    entrypoint: ['/bin/sh', '-c', TELL],
    args: ['zero', 'one'],
    cwd: '/etc',
    env: [{ name: 'A', value: 'b = c' }],
    user: { uid: 1000, gid: 1001, additionalGids: [10, 20] },
    capabilities: { drop: ['ALL'], add: ['CAP_KILL', 'CAP_NET_ADMIN'] },
    noNewPrivileges: true,
    rlimits: [
      { type: 'RLIMIT_NOFILE', soft: 100, hard: 200 },
      { type: 'RLIMIT_CORE', soft: 0, hard: 0 },
    ],
  },
  resources: {
    memory: { limit: 64 * MIB, reservation: 32 * MIB },
    cpu: { shares: 512, quota: 50_000, period: 25_000 },
    pids: 32,
  },
  root: { readOnly: true },
  tmpfs: [{ path: '/scratch', size: 2 * MIB, mode: 0o750 }],
};
const sh = (script: string, process: TaskSpec['process'] = {}, more: TaskSpec = {}): TaskSpec => ({
  ...more,
  process: { entrypoint: ['/bin/sh', '-c', script], args: ['sh'], user: { uid: 0 }, ...process },
});

/** The programs, each run once. */
const runs = {
  tell,
  plain: sh(TELL),
  named: sh('id -un; id -gn; id -G', { user: { username: 'app' } }),
  grouped: sh('id -un; id -gn; id -G', { user: { username: 'app', groupname: 'root' } }),
  terminal: sh('tty; [ -t 0 ] && [ -t 1 ] && echo a terminal', { terminal: true }),
  alone: sh('echo "init $(cat /proc/1/comm) $$"', { init: false }),
  hungry: sh('dd if=/dev/zero of=/dev/null bs=64M', {}, { resources: { memory: { limit: 16 * MIB } } }),
  many: sh('for i in 1 2 3 4 5 6 7 8; do sleep 3 & done; echo never', {}, { resources: { pids: 4 } }),
  big: sh(
    'dd if=/dev/zero of=/scratch/x bs=64k 2>/dev/null; stat -c "%s" /scratch/x',
    {},
    {
      tmpfs: [{ path: '/scratch', size: MIB }],
    },
  ),
} satisfies Record<string, TaskSpec>;

const by = (...tests: readonly string[]) => ({ by: tests.map((test) => `test/${test}.test.ts`) });
/** The part that handles fields outside the container. */
const SERVICE = by('lib/composition/supervision', 'lib/composition/restarts');
const HEALTH = by('lib/execution/health');
const LOGS = by('lib/composition/plan/oci');
const SECRETS = by('docker/secret-files', 'lib/execution/secret-provider');
/** The engine reports the value of the container; its effect needs an attached client. */
const INSPECTED = by('docker/plan-inspected');

type Kept =
  | { readonly run: keyof typeof runs; readonly says: RegExp }
  /** Tests that name the field. */
  | { readonly by: readonly string[] }
  | 'refused'
  /** By a test below. */
  | 'below';
const says = (run: keyof typeof runs, words: RegExp): Kept => ({ run, says: words });

const kept: { readonly [Path in FieldOf<TaskSpec>]: Kept } = {
  'process.entrypoint': says('tell', /^said zero one$/m),
  'process.args': says('tell', /^said zero one$/m),
  'process.cwd': says('tell', /^cwd \/etc$/m),
  'process.env[].name': says('tell', /^env b = c$/m),
  'process.env[].value': says('tell', /^env b = c$/m),
  'process.user.uid': says('tell', /^id 1000 /m),
  'process.user.gid': says('tell', /^id 1000 1001 /m),
  'process.user.additionalGids': says('tell', /^id 1000 1001 1001 10 20$/m),
  'process.user.umask': 'refused',
  'process.user.username': says('named', /^app\nstaff\n77 78$/m),
  'process.user.groupname': says('grouped', /^app\nroot\n0$/m),
  'process.terminal': says('terminal', /^\/dev\/(pts\/\d+|console)\r?\na terminal/m),
  'process.init': says('alone', /^init sh 1$/m),
  // CAP_KILL is 5, CAP_NET_ADMIN is 12.
  'process.capabilities.add': says('tell', /^CapBnd:\s*0{12}1020$/m),
  'process.capabilities.drop': says('tell', /^CapBnd:\s*0{12}1020$/m),
  'process.noNewPrivileges': says('tell', /^NoNewPrivs:\s*1$/m),
  'process.rlimits[].type': says('tell', /^Max core file size\s+0\s+0\s/m),
  'process.rlimits[].soft': says('tell', /^Max open files\s+100\s/m),
  'process.rlimits[].hard': says('tell', /^Max open files\s+100\s+200\s/m),
  'secrets[].name': SECRETS,
  'secrets[].valueFrom': SECRETS,
  'secrets[].target': SECRETS,
  'interaction.attach': INSPECTED,
  'interaction.openStdin': 'below',
  'interaction.stdinOnce': INSPECTED,
  'resources.memory.limit': says('tell', new RegExp(`^memory ${64 * MIB}$`, 'm')),
  'resources.memory.reservation': says('tell', new RegExp(`^reservation ${32 * MIB}$`, 'm')),
  // In version 2: 1 + (shares - 2) * 9999 / 262142, and quota and period in one file.
  'resources.cpu.shares': says('tell', /^shares (512|20)$/m),
  'resources.cpu.quota': says('tell', /^quota 50000( 25000)?$/m),
  'resources.cpu.period': says('tell', /^period (50000 )?25000$/m),
  'resources.pids': says('tell', /^pids 32$/m),
  'deadlines.startSeconds': SERVICE,
  'deadlines.runSeconds': SERVICE,
  'deadlines.notAfter': SERVICE,
  'deadlines.stopSeconds': 'below',
  'restart.mode': SERVICE,
  'restart.attempts': SERVICE,
  'restart.delaySeconds': SERVICE,
  'restart.backoff': SERVICE,
  'restart.maxDelaySeconds': SERVICE,
  'restart.resetSeconds': SERVICE,
  'restart.ignoredExitCodes': SERVICE,
  'restart.retryableExitCodes': SERVICE,
  'stop.signal': 'below',
  'logging.stdout': LOGS,
  'logging.stderr': LOGS,
  'root.readOnly': says('tell', /^root read-only$/m),
  'tmpfs[].path': says('tell', /^tmpfs \/scratch tmpfs /m),
  'tmpfs[].size': says('big', new RegExp(`^${MIB}$`, 'm')),
  'tmpfs[].mode': says('tell', /^mode 750$/m),
  'healthCheck.command': 'below',
  'healthCheck.intervalSeconds': HEALTH,
  'healthCheck.timeoutSeconds': HEALTH,
  'healthCheck.retries': 'below',
  'healthCheck.startPeriodSeconds': HEALTH,
  annotations: INSPECTED,
};

const freePort = () =>
  new Promise<number>((settle) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => settle(port));
    });
  });

const planWith = (spec: TaskSpec, executor: ExecutorSpec = {}) =>
  planOf(
    rendered.docker(
      inputOf({ tasks: [task(MAIN, spec)], executor: { id: 'executor://boxes/box-1', spec: executor } }),
    ),
  );

const without = withoutDocker();

describe.skipIf(without)(titled('a task in Docker', without), () => {
  let planned: Planned;
  const ended = {} as Record<keyof typeof runs, { out: string; code: number }>;
  beforeAll(async () => {
    planned = new Planned();
    await planned.image(IMAGE);
    for (const [name, spec] of Object.entries(runs))
      ended[name as keyof typeof runs] = await planned.run(planWith(spec), IMAGE);
  });
  afterAll(() => planned?.clear());

  it.each(Object.entries<Kept>(kept))('%s is enforced, refused, or handled elsewhere', (path, how) => {
    const field = path as FieldOf<TaskSpec>;
    expect(how === 'refused').toBe(takenOfTasks[field].docker === 'none');
    if (how === 'refused') {
      const { values } = taskSamples[field];
      const [part = '', ...rest] = path.split('.').toReversed();
      for (const value of values) {
        const spec = rest.reduce<object>((inner, key) => ({ [key]: inner }), { [part]: value });
        const reasons = pathsOf(rendered.docker(inputOf({ tasks: [task(MAIN, { ...spec })] })));
        expect(reasons).toContain(`tasks["${MAIN}"].${path}`);
      }
    } else if (typeof how === 'object' && 'run' in how) expect(ended[how.run].out).toMatch(how.says);
    else if (typeof how === 'object') {
      const name = path.split('.').at(-1) ?? '';
      expect(how.by.map((test) => readFileSync(test, 'utf8')).join()).toContain(name);
    }
  });

  it('ends with its exit code', () => {
    expect(ended.tell.code).toBe(3);
  });

  it('otherwise has Docker’s defaults: its capabilities, an init, a writable root, a umask of 0022', () => {
    // The fourteen of Docker, and no others.
    expect(ended.plain.out).toMatch(/^CapBnd:\s*0{8}a80425fb$/m);
    expect(ended.plain.out).toMatch(/^init (docker-init|tini) \d+$/m);
    expect(ended.plain.out).toMatch(/^root writable$/m);
    expect(ended.plain.out).toMatch(/^umask 0022$/m);
  });

  it('is limited: beyond that there is no memory, no swap, and no process', () => {
    expect(ended.hungry.code).not.toBe(0);
    expect(ended.many).toMatchObject({ code: expect.not.toSatisfy((code: number) => code === 0) });
    expect(ended.many.out).not.toContain('never');
  });

  it('is stopped by its own signal, and killed after its time', async () => {
    const wait = 'echo ready; while :; do sleep 0.05; done';
    const [heeds] = await planned.start(
      planWith(sh(`trap "exit 42" USR1; ${wait}`, {}, { stop: { signal: 'SIGUSR1' } })),
      IMAGE,
    );
    const [ignores] = await planned.start(
      planWith(sh(`trap "" USR1; ${wait}`, {}, { stop: { signal: 'USR1' }, deadlines: { stopSeconds: 0 } })),
      IMAGE,
    );
    for (const one of [heeds, ignores]) await planned.hasSaid(one as Container, 'ready');
    await Promise.all([heeds?.stop(), ignores?.stop()]);
    expect((await planned.ended(heeds as Container)).code).toBe(42);
    expect((await planned.ended(ignores as Container)).code).toBe(137);
  });

  it('has its standard input closed, unless it stays open on request', async () => {
    const read = 'echo ready; read line && echo "got $line" || echo closed';
    expect((await planned.run(planWith(sh(read)), IMAGE)).out).toMatch(/closed/);
    const [open] = await planned.start(planWith(sh(read, {}, { interaction: { openStdin: true } })), IMAGE);
    await planned.hasSaid(open as Container, 'ready');
    expect((await open?.inspect())?.State.Running).toBe(true);
  });

  it('is checked by its own command, at its own interval', async () => {
    const check = (command: string[]): TaskSpec =>
      sh('sleep 100', {}, { healthCheck: { command, intervalSeconds: 1, timeoutSeconds: 1, retries: 2 } });
    const [well] = await planned.start(planWith(check(['/bin/true'])), IMAGE);
    const [ill] = await planned.start(planWith(check(['/bin/false'])), IMAGE);
    const healthOf = async (one: Container | undefined) => (await one?.inspect())?.State.Health?.Status;
    await expect.poll(() => healthOf(well), PATIENCE).toBe('healthy');
    await expect.poll(() => healthOf(ill), PATIENCE).toBe('unhealthy');
    expect((await ill?.inspect())?.State.Health?.FailingStreak).toBeGreaterThanOrEqual(2);
  });
});

describe.skipIf(without)(titled('an executor in Docker', without), () => {
  let planned: Planned;
  beforeAll(async () => {
    planned = new Planned();
    await planned.image(IMAGE);
  });
  afterAll(() => planned?.clear());

  const shown = async (spec: ExecutorSpec, script: string): Promise<string> =>
    (await planned.run(planWith(sh(script), spec), IMAGE)).out;

  it('shares a network, processes, a host name and shared memory, but no root', async () => {
    const serve = sh(
      'echo served > /dev/shm/one; echo mine > /own; nc -l -p 8080 -e /bin/cat /own; sleep 4321',
    );
    const ask = sh(
      'until [ -e /dev/shm/one ]; do sleep 0.05; done; until nc 127.0.0.1 8080 </dev/null; do sleep 0.05; done; cat /dev/shm/one; hostname; cat /own 2>/dev/null || echo "another root"; cat /proc/[0-9]*/cmdline | grep -q "slee[p].4321" && echo "sees it"',
    );
    const tasks = [task(MAIN, serve), task('task://jobs/side', ask)];
    const plan = planOf(rendered.docker(inputOf({ tasks })));
    const [, side] = await planned.start(plan, IMAGE);
    expect((await planned.ended(side as Container)).out).toBe('mine\nserved\nbox-1\nanother root\nsees it\n');
  });

  it('has the executor’s host name, lines of /etc/hosts, and size of /dev/shm', async () => {
    const spec: ExecutorSpec = {
      hostname: 'box',
      extraHosts: [{ name: 'db.local', address: '10.1.2.3' }],
      shmSize: 2 * MIB,
    };
    const out = await shown(spec, 'hostname; grep db.local /etc/hosts; grep " /dev/shm " /proc/mounts');
    expect(out).toMatch(/^box\n10\.1\.2\.3\s+db\.local\n/);
    expect(out).toContain('size=2048k');
  });

  it('has a network of its own, none, or that of the machine', async () => {
    const links = 'ls /sys/class/net | tr "\\n" " "; hostname';
    expect(await shown({}, links)).toMatch(/^eth0 lo box-1$/m);
    expect(await shown({ network: { mode: 'none' } }, links)).toMatch(/^lo box-1$/m);
    const machine = await shown({ network: { mode: 'host' } }, links);
    for (const name of Object.keys(networkInterfaces())) expect(machine).toContain(name);
  });

  it('is reached by its published ports', async () => {
    const port = await freePort();
    const spec: ExecutorSpec = {
      network: { ports: [{ port: 80, hostPort: port, hostAddress: '127.0.0.1' }] },
    };
    await planned.start(planWith(sh('while :; do echo served | nc -l -p 80; done'), spec), IMAGE);
    const answer = () =>
      new Promise<string>((settle) => {
        const socket = connect(port, '127.0.0.1');
        let all = '';
        socket.on('data', (bytes) => {
          all += bytes;
        });
        socket.on('error', () => {});
        socket.on('close', () => settle(all));
        socket.end();
      });
    await expect.poll(answer, PATIENCE).toBe('served\n');
  });
});
