/**
 * The settings of a task appear unchanged in a real engine's description of its container: no number is converted wrongly, and no zero means "as
 * the image has it".
 */
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { PlanInput } from '../../lib/composition/plan/plan-input.ts';
import { type ExecutorSpec, executorSpec } from '../../lib/element/executor-spec.ts';
import { type ImageSpec, imageSpec } from '../../lib/element/image-spec.ts';
import { signals } from '../../lib/element/signal-name.ts';
import { capabilities, defaultCapabilities } from '../../lib/element/task-spec/capability.ts';
import { rlimitTypes } from '../../lib/element/task-spec/rlimit.ts';
import { type TaskSpec, taskSpec } from '../../lib/element/task-spec.ts';
import { titled } from '../bundle.ts';
import { planOf, rendered } from '../lib/composition/plan/rendered.ts';
import { inputOf, MAIN, MIB, ROOT_IMAGE, task } from '../lib/composition/plan/some-input.ts';
import { withoutDocker } from './dockerd.ts';
import { Planned } from './planned.ts';

const IMAGE = 'plan-inspected';
/** The config of the image, as in its element. */
const image: ImageSpec = imageSpec.parse({
  process: {
    entrypoint: ['/image'],
    args: ['image'],
    env: [
      { name: 'IMAGE', value: '1' },
      { name: 'SAID', value: 'image' },
    ],
    cwd: '/image',
    user: { uid: 7, gid: 7 },
  },
  stop: { signal: 'USR2' },
  healthCheck: {
    ...{ command: ['/bin/check'], intervalSeconds: 7, timeoutSeconds: 3 },
    ...{ startPeriodSeconds: 9, retries: 7 },
  },
  labels: { said: 'image' },
});

const some = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined });
const word = fc.stringMatching(/^[a-z/= ä"$-]{1,8}$/);
const number = fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 2 ** 31 - 1 }));
const names = fc.uniqueArray(fc.constantFrom('ALL' as const, ...capabilities), { maxLength: 3 });
/** Engines on older kernels do not know the newest three, and refuse to add them. */
const isKnown = (name: string): boolean => !/_(BPF|PERFMON|CHECKPOINT_RESTORE)$/.test(name);
const changes = fc.tuple(names, names).map(([added, dropped]) => {
  const add = added.filter(isKnown);
  return {
    add,
    drop: dropped.filter((name) => !add.includes(name) && (isKnown(name) || !add.includes('ALL'))),
  };
});

const anyUser = fc.oneof(
  fc.record({ uid: some(number), gid: some(number) }),
  fc.record({ username: fc.constant('app'), groupname: some(fc.constant('staff')) }),
);
const anyProcess = fc.record({
  entrypoint: some(fc.array(word, { minLength: 1, maxLength: 3 })),
  args: some(fc.array(word, { minLength: 1, maxLength: 3 })),
  cwd: some(fc.constantFrom('/', '/tmp', '/a b')),
  env: some(
    fc.uniqueArray(
      fc.record({
        name: fc.constantFrom('SAID', 'PATH', 'a.b-c'),
        value: fc.string({ maxLength: 5 }).map((one) => one.replaceAll('\0', '')),
      }),
      {
        selector: ({ name }) => name,
      },
    ),
  ),
  user: some(
    fc
      .tuple(anyUser, some(fc.array(number, { maxLength: 3 })))
      .map(([user, additionalGids]) => ({ ...user, additionalGids })),
  ),
  init: some(fc.boolean()),
  capabilities: some(changes),
  noNewPrivileges: some(fc.boolean()),
  rlimits: some(
    fc.uniqueArray(
      fc
        .tuple(
          fc.constantFrom(...rlimitTypes.filter((type) => type !== 'RLIMIT_AS')),
          fc.maxSafeNat(),
          fc.maxSafeNat(),
        )
        .map(([type, one, other]) => ({ type, soft: Math.min(one, other), hard: Math.max(one, other) })),
      { selector: ({ type }) => type, maxLength: 4 },
    ),
  ),
});
const anyMemory = fc
  .tuple(some(fc.integer({ min: 6 * MIB, max: 2 ** 40 })), some(fc.integer({ min: 6 * MIB, max: 2 ** 40 })))
  .map(([limit, reservation]) => ({
    limit,
    reservation:
      limit !== undefined && reservation !== undefined ? Math.min(limit, reservation) : reservation,
  }));
const anyTask: fc.Arbitrary<TaskSpec> = fc
  .record({
    process: some(anyProcess),
    interaction: some(
      fc.record({ attach: some(fc.boolean()), openStdin: some(fc.boolean()), stdinOnce: some(fc.boolean()) }),
    ),
    resources: some(
      fc.record({
        memory: some(anyMemory),
        cpu: some(
          fc.record({
            shares: some(fc.integer({ min: 2, max: 262_144 })),
            quota: some(fc.integer({ min: 1_000, max: 1_000_000_000 })),
            period: some(fc.integer({ min: 1_000, max: 1_000_000 })),
          }),
        ),
        pids: some(fc.integer({ min: 1, max: 4_194_304 })),
      }),
    ),
    deadlines: some(
      fc.record({ stopSeconds: some(fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 86_400 }))) }),
    ),
    stop: some(fc.record({ signal: fc.constantFrom(...signals) })),
    root: some(fc.record({ readOnly: some(fc.boolean()) })),
    tmpfs: some(
      fc.uniqueArray(
        fc.record({
          path: fc.constantFrom('/t', '/t/u', '/dev/shm'),
          size: some(fc.integer({ min: 4096, max: 2 ** 40 })),
          mode: some(fc.integer({ min: 0, max: 0o7777 })),
        }),
        { selector: ({ path }) => path },
      ),
    ),
    healthCheck: some(
      fc.record({
        command: some(fc.array(word, { maxLength: 2 })),
        intervalSeconds: some(fc.integer({ min: 5, max: 3600 })),
        timeoutSeconds: some(fc.integer({ min: 1, max: 5 })),
        retries: some(fc.integer({ min: 1, max: 100 })),
        startPeriodSeconds: some(fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 3600 }))),
      }),
    ),
    annotations: some(
      fc.dictionary(
        fc.constantFrom('said', 'b', 'ä '),
        fc.string({ maxLength: 5 }).map((one) => one.replaceAll('\0', '')),
      ),
    ),
  })
  .map((spec) => taskSpec.parse(JSON.parse(JSON.stringify(spec))));

const anyExecutor: fc.Arbitrary<ExecutorSpec> = fc
  .record({
    hostname: some(fc.constantFrom('box', 'B-0')),
    extraHosts: some(
      fc.uniqueArray(
        fc.record({
          name: fc.constantFrom('db', 'a.b'),
          address: fc.constantFrom('10.0.0.1', '::1', 'fe80::1', 'host-gateway'),
        }),
        {
          selector: ({ name, address }) => `${name} ${address}`,
        },
      ),
    ),
    shmSize: some(fc.integer({ min: 4096, max: 2 ** 40 })),
    network: some(
      fc.oneof(
        fc.record({ mode: fc.constantFrom('none', 'host') }),
        fc.record({
          mode: some(fc.constant('bridge')),
          ports: some(
            fc.uniqueArray(
              fc.record({
                port: fc.integer({ min: 1, max: 65_535 }),
                protocol: some(fc.constantFrom('tcp', 'udp', 'sctp')),
                hostPort: some(fc.integer({ min: 1, max: 65_535 })),
                hostAddress: some(fc.constantFrom('127.0.0.1', '::1')),
              }),
              { selector: ({ port, hostPort }) => `${hostPort ?? port}`, maxLength: 3 },
            ),
          ),
        }),
      ),
    ),
  })
  .map((spec) => executorSpec.parse(JSON.parse(JSON.stringify(spec))));

const SECOND = 1_000_000_000;
/** The expected health check in the engine: the image's, if the task has no command. */
const checkOf = ({ healthCheck: check }: TaskSpec): object => {
  if (check?.command?.length === 0) return { Test: ['NONE'] };
  const of = check?.command ? check : { ...image.healthCheck, ...check };
  const interval = of.intervalSeconds ?? 30;
  return {
    Test: ['CMD', ...(of.command ?? [])],
    Interval: interval * SECOND,
    Timeout: (check?.timeoutSeconds ?? of.timeoutSeconds ?? 5) * SECOND,
    // The smallest number that an engine accepts.
    StartPeriod: (of.startPeriodSeconds ?? 0) * SECOND || 1_000_000,
    Retries: of.retries ?? 3,
  };
};

const userOf = ({ process: { user } = {} }: TaskSpec): string => {
  if (user?.uid === undefined && user?.username === undefined) {
    const isGrouped = user?.gid !== undefined || user?.groupname !== undefined;
    return `7:${isGrouped ? (user?.gid ?? user?.groupname) : 7}`;
  }
  const group = user.gid ?? user.groupname ?? (user.username === undefined ? 0 : undefined);
  return [user.uid ?? user.username, ...(group === undefined ? [] : [group])].join(':');
};

const without = withoutDocker();

describe.skipIf(without)(titled('the settings of a task', without), () => {
  let planned: Planned;
  beforeAll(async () => {
    planned = new Planned();
    await planned.image(IMAGE);
  });
  afterAll(() => planned?.clear());

  const inspect = async (spec: TaskSpec, executor: ExecutorSpec = {}) => {
    const input: PlanInput = {
      ...inputOf({ tasks: [task(MAIN, spec)], executor: { id: 'executor://boxes/box-1', spec: executor } }),
      image: { id: ROOT_IMAGE, spec: image },
    };
    const [group, main] = await planned.inspect(planOf(rendered.docker(input)), IMAGE);
    if (!group || !main) throw new Error('nothing was made');
    return { group, main };
  };

  it('appear in the container of a task', async () => {
    await fc.assert(
      fc.asyncProperty(anyTask, async (spec) => {
        const { main } = await inspect(spec);
        const { process = {}, resources: { memory, cpu, pids } = {}, interaction = {} } = spec;
        const command = process.entrypoint
          ? [...process.entrypoint, ...(process.args ?? [])]
          : ['/image', ...(process.args ?? ['image'])];
        expect([main.Path, ...main.Args]).toEqual(command);
        const said = new Map([
          ['IMAGE', '1'],
          ['SAID', 'image'],
          ...(process.env ?? []).map(({ name, value }) => [name, value] as const),
        ] as [string, string][]);
        // Without a PATH, the engine sets one.
        const env = main.Config.Env.filter((one) => said.has('PATH') || !one.startsWith('PATH='));
        expect(env.toSorted()).toEqual([...said].map(([name, value]) => `${name}=${value}`).toSorted());
        expect(main.Config).toMatchObject({
          WorkingDir: process.cwd ?? '/image',
          User: userOf(spec),
          Tty: false,
          AttachStdin: interaction.attach ?? false,
          OpenStdin: interaction.openStdin ?? false,
          StdinOnce: interaction.stdinOnce ?? false,
          StopSignal: `SIG${spec.stop?.signal ?? 'USR2'}`,
          StopTimeout: spec.deadlines?.stopSeconds ?? 30,
          Healthcheck: checkOf(spec),
          Labels: { said: 'image', ...spec.annotations },
        });
        expect(main.HostConfig).toMatchObject({
          Memory: memory?.limit ?? 0,
          MemorySwap: memory?.limit ?? 0,
          MemoryReservation: memory?.reservation ?? 0,
          CpuShares: cpu?.shares ?? 0,
          CpuQuota: cpu?.quota ?? 0,
          CpuPeriod: cpu?.period ?? 0,
          PidsLimit: pids ?? null,
          ReadonlyRootfs: spec.root?.readOnly ?? false,
          Init: process.init ?? true,
        });
        expect(main.HostConfig.Tmpfs ?? {}).toEqual(
          Object.fromEntries(
            (spec.tmpfs ?? []).map(({ path, mode = 0o1777, size }) => [
              path,
              `mode=${mode.toString(8)}${size === undefined ? '' : `,size=${size}`}`,
            ]),
          ),
        );
        const { CapAdd, CapDrop, GroupAdd, SecurityOpt, Ulimits } = main.HostConfig;
        const { add = [], drop = [] } = process.capabilities ?? {};
        const had: readonly string[] = add.includes('ALL') ? drop : ['ALL', ...defaultCapabilities];
        expect([CapAdd ?? [], CapDrop ?? []]).toEqual([add, drop.filter((name) => had.includes(name))]);
        expect(GroupAdd ?? []).toEqual((process.user?.additionalGids ?? []).map(String));
        expect(SecurityOpt ?? []).toEqual(process.noNewPrivileges ? ['no-new-privileges'] : []);
        expect(Ulimits ?? []).toEqual(
          (process.rlimits ?? []).map(({ type, soft, hard }) => ({
            Name: type.slice(7).toLowerCase(),
            Soft: soft,
            Hard: hard,
          })),
        );
      }),
      { numRuns: 30 },
    );
  });

  it('appear in the group of an executor', async () => {
    await fc.assert(
      fc.asyncProperty(anyExecutor, async (spec) => {
        const { group, main } = await inspect({}, spec);
        const { ports = [], mode = 'bridge' } = spec.network ?? {};
        expect(group.Config.Hostname).toBe(spec.hostname ?? 'box-1');
        expect(main.HostConfig.NetworkMode).toBe(`container:${group.Id}`);
        expect(group.HostConfig).toMatchObject({
          NetworkMode: mode,
          ShmSize: spec.shmSize ?? 64 * MIB,
          IpcMode: 'shareable',
        });
        expect(group.HostConfig.ExtraHosts ?? []).toEqual(
          (spec.extraHosts ?? []).map(({ name, address }) => `${name}:${address}`),
        );
        const published = Object.entries(group.HostConfig.PortBindings ?? {}).flatMap(([at, bindings]) =>
          (bindings as { HostIp: string; HostPort: string }[]).map(
            ({ HostIp, HostPort }) => `${at} ${HostIp} ${HostPort}`,
          ),
        );
        expect(published.toSorted()).toEqual(
          ports
            .map(
              ({ port, protocol = 'tcp', hostPort = port, hostAddress = '' }) =>
                `${port}/${protocol} ${hostAddress} ${hostPort}`,
            )
            .toSorted(),
        );
      }),
      { numRuns: 25 },
    );
  });
});
