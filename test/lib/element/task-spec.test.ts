import { describe, expect, it } from 'vitest';
import { fieldsOfSpec } from '../../../docs/generate/task-specification.ts';
import { taskSpec } from '../../../lib/element/task-spec.ts';
import { type Issue, TaskportError } from '../../../lib/errors.ts';
import { validate } from '../../../lib/validation.ts';
import { cases, named, saying } from './task-spec-cases.ts';

/** The errors of a specification. */
const issuesOf = (spec: unknown): readonly Issue[] => {
  try {
    validate(taskSpec, spec, 'spec');
    return [];
  } catch (error) {
    if (!(error instanceof TaskportError)) throw error;
    return error.members.issues as Issue[];
  }
};

const short = (value: unknown): string => JSON.stringify(value).slice(0, 40);

const fields = fieldsOfSpec('TaskSpec');
const objects = fields.filter(({ type }) => type === 'object' || type === 'object[]');

it('every field has a case here', () => {
  expect(Object.keys(cases)).toEqual(fields.map(({ path }) => path));
});

describe.each(Object.entries(cases))('%s', (path, { takes, refuses }) => {
  it.each(takes.map((value) => [short(value), value]))('accepts %s', (_, value) => {
    const spec = saying(path, value);
    expect(validate(taskSpec, spec, 'spec')).toEqual(spec);
  });

  it.each(refuses.map((value) => [short(value), value]))('refuses %s, with its place', (_, value) => {
    const issues = issuesOf(saying(path, value));
    expect(issues[0]?.path.slice(0, named(path).length)).toBe(named(path));
    expect(issues[0]?.message).not.toMatch(/^Invalid (input|key.*)$/);
  });
});

it.each(fields.map(({ path, type }) => [path, type]))('%s is of type %s, and nothing else', (path, type) => {
  const other = type === 'object' || type.startsWith('map') ? [] : {};
  expect(issuesOf(saying(path, other)).map((issue) => issue.path)).toEqual([named(path)]);
});

it.each(['', ...objects.map(({ path, type }) => (type === 'object' ? `${path}.` : `${path}[].`))])(
  'an unknown field `%sunknown` is refused by name',
  (prefix) => {
    const path = `${prefix}unknown`;
    expect(issuesOf(saying(path, 1))).toEqual([{ path: named(path), message: 'unknown field' }]);
  },
);

it.each(fields.filter((field) => field.default === 'required').map(({ path }) => path))(
  'an item without %s is refused',
  (path) => {
    expect(issuesOf(saying(path, undefined)).map((issue) => issue.path)).toEqual([named(path)]);
  },
);

it('every wrong field is named, not only the first', () => {
  const issues = issuesOf({
    process: { cwd: 'a', env: [{ name: '', value: 1 }] },
    stop: { signal: 'X' },
    x: 1,
  });
  expect(issues.map(({ path }) => path)).toEqual([
    'spec.process.cwd',
    'spec.process.env[0].name',
    'spec.process.env[0].value',
    'spec.stop.signal',
    'spec.x',
  ]);
});

describe('a rule between two fields', () => {
  it.each<[string, object, object]>([
    [
      'process.user.username',
      { process: { user: { username: 'app' } } },
      { process: { user: { username: 'app', uid: 0 } } },
    ],
    [
      'process.user.groupname',
      { process: { user: { uid: 0, groupname: 'staff', umask: 0 } } },
      { process: { user: { groupname: 'staff', gid: 0 } } },
    ],
    [
      'process.capabilities.drop',
      { process: { capabilities: { add: ['CAP_KILL'], drop: ['ALL'] } } },
      { process: { capabilities: { add: ['CAP_KILL'], drop: ['CAP_CHOWN', 'CAP_KILL'] } } },
    ],
    [
      'process.rlimits[0].soft',
      { process: { rlimits: [{ type: 'RLIMIT_CPU', soft: 2, hard: 2 }] } },
      { process: { rlimits: [{ type: 'RLIMIT_CPU', soft: 2, hard: 1 }] } },
    ],
    [
      'secrets',
      {
        process: { env: [{ name: 'A', value: '' }] },
        secrets: [{ name: 'A', valueFrom: 'a', target: 'file' }],
      },
      {
        process: { env: [{ name: 'A', value: '' }] },
        secrets: [{ name: 'A', valueFrom: 'a', target: 'env' }],
      },
    ],
    [
      'resources.memory.reservation',
      { resources: { memory: { limit: 5_000_000, reservation: 5_000_000 } } },
      { resources: { memory: { limit: 5_000_000, reservation: 5_000_001 } } },
    ],
    [
      'restart.delaySeconds',
      { restart: { delaySeconds: 60, maxDelaySeconds: 60 } },
      { restart: { delaySeconds: 61, maxDelaySeconds: 60 } },
    ],
    [
      'restart.retryableExitCodes',
      { restart: { ignoredExitCodes: [0, 1], retryableExitCodes: [2] } },
      { restart: { ignoredExitCodes: [0, 1], retryableExitCodes: [2, 1] } },
    ],
    [
      'healthCheck.timeoutSeconds',
      { healthCheck: { intervalSeconds: 5, timeoutSeconds: 5 } },
      { healthCheck: { intervalSeconds: 5, timeoutSeconds: 6 } },
    ],
  ])('holds at %s', (path, kept, broken) => {
    expect(issuesOf(kept)).toEqual([]);
    expect(issuesOf(broken).map((issue) => issue.path)).toEqual([`spec.${path}`]);
  });
});
