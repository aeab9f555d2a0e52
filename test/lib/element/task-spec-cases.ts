/** Values of a field that are accepted, bounds included, and values just beyond. */
export interface Case {
  readonly takes: readonly unknown[];
  readonly refuses: readonly unknown[];
}

const a = (length: number): string => 'a'.repeat(length);
const times = <T>(count: number, item: (index: number) => T): T[] =>
  Array.from({ length: count }, (_, index) => item(index));

const range = (min: number, max: number): Case => ({
  takes: [min, max],
  refuses: [min - 1, max + 1, min + 0.5, String(min)],
});
const oneOf = (...values: string[]): Case => ({
  takes: values,
  refuses: ['', 'x', values[0]?.toUpperCase()],
});
const flag: Case = { takes: [true, false], refuses: ['true', 1] };
const argument = (max: number) => ({ takes: ['', a(max)], refuses: [a(max + 1), 'a\0', '\ud800', 1] });
const items = (min: number, max: number, item: (index: number) => unknown, ...refuses: unknown[]): Case => ({
  takes: [times(min, item), times(max, item)],
  refuses: [times(max + 1, item), ...(min > 0 ? [[]] : []), ...refuses],
});
const listOf = ({ takes, refuses }: Case, min: number, max: number): Case =>
  items(min, max, () => takes[0], ...refuses.map((value) => [value]));
const exitCodes = items(0, 256, (code) => code, [256], [-1], [0.5], ['0'], [1, 2, 1]);
const path: Case = {
  takes: ['/', `/${a(4094)}`, '/a b/ü'],
  refuses: ['', 'a', `/${a(4095)}`, '/a\0', '/\ud800'],
};
const variableName: Case = { takes: ['_', 'Az_0.-', a(255)], refuses: ['', '0a', 'a=b', 'a b', 'ü', a(256)] };

const account: Case = { takes: ['a', a(32), '_A.b-0', 'a$'], refuses: ['', '0', 'a$b', 'a:b', a(33)] };

const limits = [
  'AS',
  'CORE',
  'CPU',
  'DATA',
  'FSIZE',
  'LOCKS',
  'MEMLOCK',
  'MSGQUEUE',
  'NICE',
  'NOFILE',
  'NPROC',
];
const limitTypes = [...limits, 'RSS', 'RTPRIO', 'RTTIME', 'SIGPENDING', 'STACK'].map(
  (name) => `RLIMIT_${name}`,
);
const rlimit = (index: number) => ({ type: limitTypes[index] ?? limitTypes[0], soft: 0, hard: 0 });
const capabilities: Case = {
  takes: [[], ['ALL'], ['CAP_CHOWN', 'CAP_CHECKPOINT_RESTORE']],
  refuses: [['CHOWN'], ['CAP_'], ['CAP_SYS_ADMINS'], ['cap_chown'], ['ALL', 'ALL'], times(43, () => 'ALL')],
};
const sink: Case = {
  takes: ['default', 'none', 'log://l/n', `log://${a(63)}/${a(255)}`],
  refuses: ['', 'both', 'task://l/n', 'log://l', `log://${a(64)}/n`, `log://l/${a(256)}`, 'log://-l/n'],
};
const secret = (index: number) => ({ name: `S${index}`, valueFrom: 'a', target: 'env' });
const ARN = 'arn:aws:secretsmanager:eu-central-1:123456789012:secret:db-AbCdEf';

const ID_MAX = 4_294_967_294;

/** A case for every field of a task's specification. */
export const cases: Readonly<Record<string, Case>> = {
  process: { takes: [{}], refuses: ['sh'] },
  'process.entrypoint': listOf(argument(32_768), 1, 1024),
  'process.args': listOf(argument(32_768), 1, 1024),
  'process.cwd': path,
  'process.env': items(
    0,
    256,
    (n) => ({ name: `V${n}`, value: '' }),
    times(2, () => ({ name: 'A', value: '' })),
  ),
  'process.env[].name': variableName,
  'process.env[].value': argument(32_768),
  'process.user': { takes: [{}], refuses: [0, '0:0'] },
  'process.user.uid': range(0, ID_MAX),
  'process.user.gid': range(0, ID_MAX),
  'process.user.umask': range(0, 0o777),
  'process.user.additionalGids': listOf(range(0, ID_MAX), 0, 64),
  'process.user.username': account,
  'process.user.groupname': account,
  'process.terminal': flag,
  'process.capabilities': { takes: [{}], refuses: ['ALL'] },
  'process.capabilities.add': capabilities,
  'process.capabilities.drop': capabilities,
  'process.init': flag,
  'process.noNewPrivileges': flag,
  'process.rlimits': items(0, 16, rlimit, [rlimit(0), rlimit(0)]),
  'process.rlimits[].type': {
    takes: limitTypes,
    refuses: ['', 'RLIMIT_', 'NOFILE', 'RLIMIT_FILES', 'rlimit_cpu'],
  },
  'process.rlimits[].soft': range(0, Number.MAX_SAFE_INTEGER),
  'process.rlimits[].hard': range(0, Number.MAX_SAFE_INTEGER),
  secrets: items(0, 64, secret, [secret(0), secret(0)]),
  'secrets[].name': variableName,
  'secrets[].valueFrom': {
    takes: ['a', '/prod/db/password', a(2048), ARN, `${ARN}:user::`, ARN.replace('secretsmanager', 'ssm')],
    refuses: ['', 'correct horse', 'p$ss!', 'a\0', a(2049), 'arn:aws:s3:::bucket', `${ARN} `],
  },
  'secrets[].target': oneOf('env', 'file'),
  interaction: { takes: [{}], refuses: [true] },
  'interaction.attach': flag,
  'interaction.openStdin': flag,
  'interaction.stdinOnce': flag,
  resources: { takes: [{}], refuses: [1] },
  'resources.memory': { takes: [{}], refuses: [4_194_304] },
  'resources.memory.limit': range(4_194_304, 1_125_899_906_842_624),
  'resources.memory.reservation': range(4_194_304, 1_125_899_906_842_624),
  'resources.cpu': { takes: [{}], refuses: [1] },
  'resources.cpu.shares': range(2, 262_144),
  'resources.cpu.quota': range(1_000, 1_000_000_000),
  'resources.cpu.period': range(1_000, 1_000_000),
  'resources.pids': range(1, 4_194_304),
  deadlines: { takes: [{}], refuses: [60] },
  'deadlines.startSeconds': range(1, 31_622_400),
  'deadlines.runSeconds': range(1, 31_622_400),
  'deadlines.notAfter': {
    takes: ['2030-01-31T12:00:00Z', '2028-02-29T23:59:59.123456789Z'],
    refuses: [
      '',
      'tomorrow',
      '2030-01-31',
      '2030-01-31T12:00:00',
      '2030-01-31T12:00:00+01:00',
      '2030-02-29T00:00:00Z',
    ],
  },
  'deadlines.stopSeconds': range(0, 86_400),
  restart: { takes: [{}], refuses: ['always'] },
  'restart.mode': oneOf('never', 'on-failure', 'always'),
  'restart.attempts': range(0, 10_000),
  'restart.delaySeconds': range(0, 86_400),
  'restart.backoff': { takes: [1, 1.5, 10], refuses: [0.99, 10.01, '2'] },
  'restart.maxDelaySeconds': range(0, 86_400),
  'restart.resetSeconds': range(1, 31_622_400),
  'restart.ignoredExitCodes': exitCodes,
  'restart.retryableExitCodes': exitCodes,
  stop: { takes: [{}], refuses: ['TERM'] },
  'stop.signal': {
    takes: ['TERM', 'SIGTERM', 'HUP', 'SYS', 'SIGIOT', 'RTMIN', 'RTMIN+15', 'SIGRTMAX-14', 'RTMAX'],
    refuses: [
      '',
      '15',
      15,
      'SIG',
      'SIGSIGTERM',
      'TERMINATE',
      'term',
      'RTMIN+0',
      'RTMIN+16',
      'RTMAX-15',
      'RTMAX+1',
    ],
  },
  logging: { takes: [{}], refuses: ['none'] },
  'logging.stdout': sink,
  'logging.stderr': sink,
  root: { takes: [{}], refuses: [true] },
  'root.readOnly': flag,
  tmpfs: items(0, 16, (index) => ({ path: `/t${index}` }), [{ path: '/t' }, { path: '/t' }]),
  'tmpfs[].path': {
    takes: ['/tmp', '/a b/ü', '/dev/shm', `/${a(4094)}`],
    refuses: [
      '',
      'tmp',
      '/',
      '/tmp/',
      '/a//b',
      '/a/./b',
      '/a/../b',
      '/proc/a',
      '/sys',
      '/dev',
      `/${a(4095)}`,
      '/a\0',
    ],
  },
  'tmpfs[].size': range(4096, 2 ** 50),
  'tmpfs[].mode': range(0, 0o7777),
  healthCheck: { takes: [{}], refuses: ['true'] },
  'healthCheck.command': listOf(argument(4096), 0, 64),
  'healthCheck.intervalSeconds': range(1, 3_600),
  'healthCheck.timeoutSeconds': range(1, 3_600),
  'healthCheck.retries': range(1, 100),
  'healthCheck.startPeriodSeconds': range(0, 3_600),
  annotations: {
    takes: [{}, { [a(256)]: a(4096) }, Object.fromEntries(times(64, (n) => [`k${n}`, '']))],
    refuses: [
      { '': '' },
      { [a(257)]: '' },
      { k: a(4097) },
      { k: 1 },
      { k: '\0' },
      { '\ud800': '' },
      Object.fromEntries(times(65, (n) => [`k${n}`, ''])),
    ],
  },
};

/** The further fields that an item of a list needs. */
const fillers: Readonly<Record<string, object>> = {
  env: { name: 'A', value: '' },
  tmpfs: { path: '/tmp' },
  rlimits: { type: 'RLIMIT_CPU', soft: 0, hard: Number.MAX_SAFE_INTEGER },
  secrets: { name: 'A', valueFrom: 'a', target: 'env' },
};

/** A minimal specification with this value of a field. */
export const saying = (path: string, value: unknown): unknown =>
  path
    .split('.')
    .reverse()
    .reduce<unknown>((inner, step) => {
      const name = step.replace('[]', '');
      return { [name]: step === name ? inner : [{ ...fillers[name], ...(inner as object) }] };
    }, value);

/** The path that an error names for a field. */
export const named = (path: string): string => `spec.${path.replaceAll('[]', '[0]')}`;
