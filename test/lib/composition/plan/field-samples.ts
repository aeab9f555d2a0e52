/** Values of each field of a specification. A missing field does not compile. */
import type { FieldOf } from '../../../../docs/generate/taken.ts';
import type { ExecutorSpec } from '../../../../lib/element/executor-spec.ts';
import type { ImageSpec } from '../../../../lib/element/image-spec.ts';
import type { TaskSpec } from '../../../../lib/element/task-spec.ts';
import { MIB } from './some-input.ts';

/** Values of a field other than its default, and the context in which they have an effect. */
export interface Sample<S = TaskSpec> {
  readonly values: readonly unknown[];
  readonly given?: S;
}

const secret = {
  name: 'TOKEN',
  valueFrom: 'arn:aws:ssm:eu-central-1:123456789012:parameter/a',
  target: 'env',
} as const;
const env = { process: { env: [{ name: 'A', value: '1' }] } };
const rlimits: TaskSpec = { process: { rlimits: [{ type: 'RLIMIT_CORE', soft: 1, hard: 4 }] } };
const healthCheck = { healthCheck: { command: ['/bin/check'] } };
const tmpfs: TaskSpec = { tmpfs: [{ path: '/scratch' }] };
const restart: TaskSpec = { restart: { mode: 'on-failure' } };

const port: ImageSpec = { ports: [{ port: 80, protocol: 'tcp' }] };
const unexpressed: ImageSpec = { unexpressed: [{ field: 'process.user', reason: 'is odd' }] };

/** For an image, with a task that does not set the field. */
export const imageSamples: { readonly [Path in FieldOf<ImageSpec>]: Sample<ImageSpec> } = {
  'process.entrypoint': { values: [['/bin/other'], ['/bin/tool', '--first']] },
  'process.args': { values: [['/bin/other'], ['/bin/tool', '--later']] },
  'process.env[].name': { given: env, values: ['B', 'C'] },
  'process.env[].value': { given: env, values: ['2', '3'] },
  'process.cwd': { values: ['/srv', '/tmp'] },
  'process.user.uid': { values: [1000, 1001] },
  'process.user.gid': { given: { process: { user: { uid: 1 } } }, values: [1000, 1001] },
  'process.user.username': { values: ['app', 'web'] },
  'process.user.groupname': { given: { process: { user: { uid: 1 } } }, values: ['staff', 'web'] },
  'stop.signal': { values: ['INT', 'SIGQUIT'] },
  'healthCheck.command': { values: [['/bin/check'], ['/bin/check', '-v']] },
  'healthCheck.intervalSeconds': { given: healthCheck, values: [60, 90] },
  'healthCheck.timeoutSeconds': { given: healthCheck, values: [2, 3] },
  'healthCheck.retries': { given: healthCheck, values: [1, 2] },
  'healthCheck.startPeriodSeconds': { given: healthCheck, values: [10, 20] },
  labels: { values: [{ owner: 'a' }, { owner: 'b' }] },
  'ports[].port': { given: port, values: [81, 82] },
  'ports[].protocol': { given: port, values: ['udp', 'sctp'] },
  volumes: { values: [['/var/lib/a'], ['/var/lib/b']] },
  'unexpressed[].field': { given: unexpressed, values: ['stop.signal', 'process.cwd'] },
  'unexpressed[].reason': { given: unexpressed, values: ['is long', 'is short'] },
};

/** For a task. */
export const taskSamples: { readonly [Path in FieldOf<TaskSpec>]: Sample } = {
  'process.entrypoint': { values: [['/bin/other'], ['/bin/other', '--first']] },
  'process.args': { values: [['/bin/other'], ['/bin/tool', '--later']] },
  'process.cwd': { values: ['/srv', '/tmp'] },
  'process.env[].name': { given: env, values: ['B', 'C'] },
  'process.env[].value': { given: env, values: ['2', '3'] },
  'process.user.uid': { values: [1000, 1001] },
  'process.user.gid': { values: [1000, 1001] },
  'process.user.umask': { values: [0o027, 0o077] },
  'process.user.additionalGids': { values: [[10], [10, 20]] },
  'process.user.username': { values: ['app', 'web'] },
  'process.user.groupname': { values: ['staff', 'web'] },
  'process.terminal': { values: [true] },
  'process.init': { values: [false] },
  'process.capabilities.add': { values: [['CAP_NET_ADMIN'], ['CAP_SYS_PTRACE']] },
  'process.capabilities.drop': { values: [['CAP_CHOWN'], ['ALL']] },
  'process.noNewPrivileges': { values: [true] },
  'process.rlimits[].type': { given: rlimits, values: ['RLIMIT_NOFILE', 'RLIMIT_NPROC'] },
  'process.rlimits[].soft': { given: rlimits, values: [2, 3] },
  'process.rlimits[].hard': { given: rlimits, values: [5, 6] },
  'secrets[].name': { given: { secrets: [secret] }, values: ['KEY', 'WORD'] },
  'secrets[].valueFrom': {
    given: { secrets: [secret] },
    values: [`${secret.valueFrom}/b`, `${secret.valueFrom}/c`],
  },
  'secrets[].target': { given: { secrets: [secret] }, values: ['file'] },
  'interaction.attach': { values: [true] },
  'interaction.openStdin': { values: [true] },
  'interaction.stdinOnce': { values: [true] },
  'resources.memory.limit': { values: [256 * MIB, 1024 * MIB] },
  'resources.memory.reservation': { values: [64 * MIB, 128 * MIB] },
  'resources.cpu.shares': { values: [64, 128] },
  'resources.cpu.quota': { values: [50_000, 100_000] },
  'resources.cpu.period': { values: [50_000, 25_000] },
  'resources.pids': { values: [10, 20] },
  'deadlines.startSeconds': { values: [60, 90] },
  'deadlines.runSeconds': { values: [60, 90] },
  'deadlines.notAfter': { values: ['2030-01-31T12:00:00Z', '2031-01-31T12:00:00Z'] },
  'deadlines.stopSeconds': { values: [10, 20] },
  'restart.mode': { values: ['on-failure', 'always'] },
  'restart.attempts': { given: restart, values: [3, 4] },
  'restart.delaySeconds': { given: restart, values: [1, 2] },
  'restart.backoff': { given: restart, values: [1, 3] },
  'restart.maxDelaySeconds': { given: restart, values: [60, 90] },
  'restart.resetSeconds': { given: restart, values: [60, 90] },
  'restart.ignoredExitCodes': { given: restart, values: [[3], [3, 4]] },
  'restart.retryableExitCodes': { given: restart, values: [[1], [1, 2]] },
  'stop.signal': { values: ['INT', 'SIGQUIT'] },
  'logging.stdout': { values: ['none', 'log://logs/second'] },
  'logging.stderr': { values: ['none', 'log://logs/second'] },
  'root.readOnly': { values: [true] },
  'tmpfs[].path': { given: tmpfs, values: ['/tmp', '/run/app'] },
  'tmpfs[].size': { given: tmpfs, values: [4096, MIB] },
  'tmpfs[].mode': { given: tmpfs, values: [0o700, 0o755] },
  'healthCheck.command': { values: [['/bin/check'], ['/bin/check', '-v']] },
  'healthCheck.intervalSeconds': { given: healthCheck, values: [60, 90] },
  'healthCheck.timeoutSeconds': { given: healthCheck, values: [2, 3] },
  'healthCheck.retries': { given: healthCheck, values: [1, 2] },
  'healthCheck.startPeriodSeconds': { given: healthCheck, values: [10, 20] },
  annotations: { values: [{ owner: 'a' }, { owner: 'b' }] },
};

const ports: ExecutorSpec = { network: { ports: [{ port: 8080 }] } };
const extraHosts: ExecutorSpec = { extraHosts: [{ name: 'db', address: '10.0.0.1' }] };

/** For an executor. */
export const executorSamples: { readonly [Path in FieldOf<ExecutorSpec>]: Sample<ExecutorSpec> } = {
  hostname: { values: ['box', 'host'] },
  'network.mode': { values: ['none', 'host', 'lan'] },
  'network.ports[].port': { given: ports, values: [81, 82] },
  'network.ports[].protocol': { given: ports, values: ['udp', 'sctp'] },
  'network.ports[].hostPort': { given: ports, values: [81, 82] },
  'network.ports[].hostAddress': { given: ports, values: ['127.0.0.1', '::1'] },
  'extraHosts[].name': { given: extraHosts, values: ['cache', 'cache.local'] },
  'extraHosts[].address': { given: extraHosts, values: ['::1', 'host-gateway'] },
  shmSize: { values: [MIB, 2 * MIB] },
  'resources.memory.limit': { values: [1024 * MIB, 2048 * MIB] },
  'resources.memory.reservation': { values: [128 * MIB, 256 * MIB] },
  'resources.cpu.shares': { values: [64, 128] },
  'resources.cpu.quota': { values: [50_000, 100_000] },
  'resources.cpu.period': { given: { resources: { cpu: { quota: 100_000 } } }, values: [50_000, 25_000] },
  'resources.pids': { values: [10, 20] },
};
