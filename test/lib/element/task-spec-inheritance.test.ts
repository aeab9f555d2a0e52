import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { mergePatch } from '../../../lib/element/merge-patch.ts';
import { taskSpecDefaults } from '../../../lib/element/task-spec/defaults.ts';
import { taskSpec } from '../../../lib/element/task-spec.ts';
import { cases, saying } from './task-spec-cases.ts';

const merged = (...specs: unknown[]): unknown => specs.reduce(mergePatch);
const isValid = (spec: unknown): boolean => taskSpec.safeParse(spec).success;

/** The value at a path; `undefined` if there is none. */
const at = (spec: unknown, path: string): unknown =>
  path
    .split('.')
    .reduce<unknown>((part, step) => (part as Record<string, unknown> | undefined)?.[step], spec);

const parent = {
  process: { args: ['/bin/sync', '--all'], cwd: '/srv', user: { uid: 10, gid: 20 } },
  restart: { mode: 'on-failure', attempts: 5 },
  healthCheck: { command: ['/bin/true'], intervalSeconds: 10 },
  annotations: { a: '1', b: '2' },
};

describe('a child', () => {
  it.each<[string, object, object]>([
    ['that says nothing is as its parent', {}, parent],
    [
      'overrides what it says and nothing beside it',
      { process: { user: { gid: 30 } }, healthCheck: { intervalSeconds: 5 } },
      {
        ...parent,
        process: { ...parent.process, user: { uid: 10, gid: 30 } },
        healthCheck: { command: ['/bin/true'], intervalSeconds: 5 },
      },
    ],
    [
      'replaces lists whole',
      { process: { args: ['/bin/sh'] } },
      { ...parent, process: { ...parent.process, args: ['/bin/sh'] } },
    ],
    [
      'takes away what it says is null',
      { restart: { attempts: null }, healthCheck: null, annotations: { a: null } },
      {
        process: parent.process,
        restart: { mode: 'on-failure' },
        annotations: { b: '2' },
      },
    ],
    [
      'turns restarts off without a word about the rest',
      { restart: { mode: 'never' } },
      { ...parent, restart: { mode: 'never', attempts: 5 } },
    ],
    [
      'may be another user by name',
      { process: { user: { uid: null, gid: null, username: 'app' } } },
      { ...parent, process: { ...parent.process, user: { username: 'app' } } },
    ],
  ])('%s', (_, child, whole) => {
    expect(merged(parent, child)).toEqual(whole);
    expect(isValid(whole)).toBe(true);
  });

  it.each([
    ['process.user.username', { process: { user: { username: 'app' } } }],
    ['healthCheck.timeoutSeconds', { healthCheck: { timeoutSeconds: 11 } }],
  ])('is refused because of its parent at %s', (path, child) => {
    expect(isValid(child)).toBe(true);
    expect(
      taskSpec.safeParse(merged(parent, child)).error?.issues.map((issue) => issue.path.join('.')),
    ).toEqual([path]);
  });
});

/** Both patches together, with their nulls. */
const together = (target: unknown, source: unknown): unknown => {
  if (typeof source !== 'object' || source === null || Array.isArray(source)) return source;
  const result = { ...(target as Record<string, unknown> | undefined) };
  for (const [name, value] of Object.entries(source)) result[name] = together(result[name], value);
  return result;
};

const leaves = Object.entries(cases).filter(
  ([path, { takes }]) => !path.includes('[]') && JSON.stringify(takes) !== '[{}]',
);

/** Some values, each valid by itself. */
const sayings = (...besides: unknown[]) =>
  fc
    .uniqueArray(
      fc
        .constantFrom(...leaves)
        .chain(([path, { takes }]) =>
          fc.record({ path: fc.constant(path), value: fc.constantFrom(...takes, ...besides) }),
        ),
      { maxLength: 8, selector: ({ path }) => path },
    )
    .map((said) => ({ said, spec: said.map(({ path, value }) => saying(path, value)).reduce(together, {}) }));
const specs = sayings();
const patches = sayings(null);

describe('of any two specifications', () => {
  it('the child’s value counts, and otherwise the parent’s', () => {
    fc.assert(
      fc.property(specs, patches, (parent, child) => {
        const whole = merged(parent.spec, child.spec);
        for (const { path, value } of child.said) {
          if (path !== 'annotations') expect(at(whole, path)).toEqual(value ?? undefined);
        }
        for (const { path, value } of parent.said) {
          if (!child.said.some((change) => change.path === path)) expect(at(whole, path)).toEqual(value);
        }
      }),
    );
  });

  it('a valid result has a valid child: an invalid child is invalid under every parent', () => {
    fc.assert(
      fc.property(specs, patches, (parent, child) => {
        if (isValid(merged(parent.spec, child.spec))) expect(isValid(merged({}, child.spec))).toBe(true);
      }),
    );
  });

  it('valid ones together violate only a rule between two fields', () => {
    const rules = [
      'process.user.username',
      'process.user.groupname',
      'process.capabilities.drop',
      'secrets',
      'resources.memory.reservation',
      'restart.delaySeconds',
      'restart.retryableExitCodes',
      'healthCheck.timeoutSeconds',
    ];
    fc.assert(
      fc.property(specs, specs, (parent, child) => {
        fc.pre(isValid(parent.spec) && isValid(child.spec));
        const { error } = taskSpec.safeParse(merged(parent.spec, child.spec));
        const broken = error?.issues.map(({ path }) => path.join('.')) ?? [];
        expect(broken.filter((path) => !rules.includes(path) && path !== 'annotations')).toEqual([]);
      }),
    );
  });

  it('a grandchild is the same for any order of merges', () => {
    fc.assert(
      fc.property(specs, specs, specs, (a, b, c) => {
        expect(merged(a.spec, merged(b.spec, c.spec))).toEqual(merged(merged(a.spec, b.spec), c.spec));
      }),
    );
  });
});

describe('the defaults', () => {
  it('are a valid specification', () => {
    expect(taskSpec.safeParse(taskSpecDefaults).error).toBeUndefined();
  });

  it('are not filled in', () => {
    expect(taskSpec.parse({})).toEqual({});
    expect(taskSpec.parse({ process: { user: {} } })).toEqual({ process: { user: {} } });
  });
});
