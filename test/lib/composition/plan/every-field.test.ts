/** Nothing of a specification is dropped in silence: every field changes the plan of every target, or is a reason. */
import { describe, expect, it } from 'vitest';
import type { PlanInput, Rendered } from '../../../../lib/composition/plan/plan-input.ts';
import type { Target } from '../../../../lib/composition/plan/target.ts';
import { type ImageSpec, imageSpec } from '../../../../lib/element/image-spec.ts';
import { type TaskSpec, taskSpec } from '../../../../lib/element/task-spec.ts';
import { planOf, rendered as targets } from './rendered.ts';
import { cloudwatch, MIB, ROOT_IMAGE, runnable, someSpec, withSpec } from './some-input.ts';

/** Enough of a schema to walk it. */
interface Schema {
  readonly _zod: {
    readonly def: {
      readonly type: string;
      readonly shape?: Readonly<Record<string, Schema>>;
      readonly innerType?: Schema;
      readonly element?: Schema;
      readonly options?: readonly Schema[];
    };
  };
}

/** Every field by its path: `process.cwd`, `process.env[].name`. */
const fieldsOf = ({ _zod: { def } }: Schema, path: string): string[] => {
  if (def.innerType) return fieldsOf(def.innerType, path);
  if (def.shape) {
    return Object.entries(def.shape).flatMap(([key, field]) =>
      fieldsOf(field, path === '' ? key : `${path}.${key}`),
    );
  }
  if (def.options) return [...new Set(def.options.flatMap((option) => fieldsOf(option, path)))];
  const items = def.element ? fieldsOf(def.element, `${path}[]`) : [];
  return items.length > 1 ? items : [path];
};

/** Two values of a field that are not its default, and what has to be there for them to mean anything. */
interface Sample<S = TaskSpec> {
  readonly values: readonly [unknown, unknown?];
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
const restart: TaskSpec = { restart: { mode: 'on-failure' } };

const port: ImageSpec = { ports: [{ port: 80, protocol: 'tcp' }] };
const unexpressed: ImageSpec = { unexpressed: [{ field: 'process.user', reason: 'is odd' }] };

/** Of an image, on which a task runs that says nothing of it. */
const imageSamples: Readonly<Record<string, Sample<ImageSpec>>> = {
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

const samples: Readonly<Record<string, Sample>> = {
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
  'healthCheck.command': { values: [['/bin/check'], ['/bin/check', '-v']] },
  'healthCheck.intervalSeconds': { given: healthCheck, values: [60, 90] },
  'healthCheck.timeoutSeconds': { given: healthCheck, values: [2, 3] },
  'healthCheck.retries': { given: healthCheck, values: [1, 2] },
  'healthCheck.startPeriodSeconds': { given: healthCheck, values: [10, 20] },
  annotations: { values: [{ owner: 'a' }, { owner: 'b' }] },
};

type Tree = { [key: string]: unknown };
const isTree = (value: unknown): value is Tree =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const merged = (one: Tree, other: Tree): Tree => {
  const result = { ...one };
  for (const [key, value] of Object.entries(other)) {
    const before = result[key];
    result[key] = isTree(value) && isTree(before) ? merged(before, value) : value;
  }
  return result;
};

/** The specification with one field set; `[]` is the first item of a list. */
const set = (spec: Tree, [step = '', ...rest]: readonly string[], value: unknown): Tree => {
  if (rest.length === 0) return { ...spec, [step]: value };
  if (!step.endsWith('[]')) return { ...spec, [step]: set((spec[step] ?? {}) as Tree, rest, value) };
  const key = step.slice(0, -2);
  const [first, ...others] = spec[key] as Tree[];
  return { ...spec, [key]: [set(first as Tree, rest, value), ...others] };
};

const logs = [cloudwatch('first'), cloudwatch('second')];

describe.each([
  {
    of: 'a task specification',
    schema: taskSpec as unknown as Schema,
    samples: samples as Readonly<Record<string, Sample<object>>>,
    some: someSpec as Tree,
    put: (input: PlanInput, spec: Tree) => withSpec(input, taskSpec.parse(spec)),
  },
  {
    of: 'the specification of the image at `/`',
    schema: imageSpec as unknown as Schema,
    samples: imageSamples as Readonly<Record<string, Sample<object>>>,
    some: { process: { args: ['/bin/image'] } } as Tree,
    put: (input: PlanInput, spec: Tree) => ({
      ...withSpec(input, { ...someSpec, process: {} }),
      image: { id: ROOT_IMAGE, spec: imageSpec.parse(spec) },
    }),
  },
])('every field of $of', ({ schema, samples, some, put }) => {
  it('has a sample here', () => {
    expect(fieldsOf(schema, '').toSorted()).toEqual(Object.keys(samples).toSorted());
  });

  describe.each(Object.keys(targets) as Target[])('for %s', (target) => {
    const render = (spec: Tree): Rendered<object> =>
      targets[target](put({ ...runnable[target], logs }, spec));

    it('is heard beside a specification that has a plan', () => {
      planOf(render(some));
    });

    it.each(Object.entries(samples))(
      'changes the plan, or is a reason: %s',
      (path, { given = {}, values }) => {
        const without = merged(some, given as Tree);
        const before = render(without);
        const after = values
          .filter((value) => value !== undefined)
          .map((value) => render(set(without, path.split('.'), value)));
        for (const one of after) expect(JSON.stringify(one)).not.toBe(JSON.stringify(before));
        const plans = after.filter((one) => 'plan' in one).map((one) => JSON.stringify(one));
        expect(new Set(plans).size).toBe(plans.length);
      },
    );
  });
});
