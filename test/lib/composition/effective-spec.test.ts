import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { effectiveSpec } from '../../../lib/composition/effective-spec.ts';
import { fieldsSaid } from '../../../lib/composition/plan/origin.ts';
import type { ImageSpec } from '../../../lib/element/image-spec.ts';
import type { TaskSpec } from '../../../lib/element/task-spec.ts';
import { anyImageSpec } from '../element/some-image-spec.ts';

/** A task specification with fields that an image may also have, and others. */
const anyTaskSpec: fc.Arbitrary<TaskSpec> = fc
  .tuple(
    anyImageSpec,
    fc.option(fc.nat(0o777)),
    fc.array(fc.constantFrom('A', 'a', 'B', '_'), { maxLength: 2 }),
  )
  .map(([{ process, stop, healthCheck, labels }, umask, secrets]) => {
    const names = new Set((process?.env ?? []).map(({ name }) => name));
    const spec = {
      process: process && umask !== null ? { ...process, user: { ...process.user, umask } } : process,
      stop,
      healthCheck,
      annotations: labels,
      secrets: [...new Set(secrets)]
        .filter((name) => !names.has(name))
        .map((name) => ({ name, valueFrom: 'a', target: 'env' })),
      restart: { mode: 'always' },
    };
    return JSON.parse(JSON.stringify(spec)) as TaskSpec;
  });

const asTask = ({ process, stop, healthCheck, labels }: ImageSpec): unknown =>
  JSON.parse(JSON.stringify({ process, stop, healthCheck, annotations: labels }));

const valueAt = (spec: TaskSpec, path: string): unknown => {
  const [, map = '', name] = /^([^[]*)\[(.*)\]$/.exec(path) ?? [];
  const at = (name === undefined ? path : map)
    .split('.')
    .reduce<unknown>((part, step) => (part as Record<string, unknown> | undefined)?.[step], spec);
  if (name === undefined) return at;
  const key = JSON.parse(name) as string;
  return Array.isArray(at)
    ? at.find((variable) => variable.name === key)?.value
    : (at as Record<string, unknown>)[key];
};

describe('the effective specification', () => {
  it('is the task’s alone for an image without one', () => {
    fc.assert(
      fc.property(anyTaskSpec, (task) => {
        expect(effectiveSpec(task)).toEqual(task);
      }),
    );
  });

  it('is the image’s for a task without one', () => {
    fc.assert(
      fc.property(anyImageSpec, (image) => {
        expect(JSON.parse(JSON.stringify(effectiveSpec({}, image)))).toEqual(asTask(image));
      }),
    );
  });

  it('has all fields of the task, and only the others of the image', () => {
    fc.assert(
      fc.property(anyTaskSpec, anyImageSpec, (task, image) => {
        const effective = effectiveSpec(task, image);
        const own = fieldsSaid(task);
        for (const path of own) expect(valueAt(effective, path)).toEqual(valueAt(task, path));
        const others = fieldsSaid(effective).filter((path) => !own.includes(path));
        for (const path of others) {
          expect(valueAt(effective, path)).toEqual(valueAt(asTask(image) as TaskSpec, path));
        }
      }),
    );
  });

  it('is the same after a repeated merge', () => {
    fc.assert(
      fc.property(anyTaskSpec, anyImageSpec, (task, image) => {
        const once = effectiveSpec(task, image);
        expect(fieldsSaid(effectiveSpec(once, image)).toSorted()).toEqual(fieldsSaid(once).toSorted());
      }),
    );
  });

  it('has no variable twice, and none with the name of a secret', () => {
    fc.assert(
      fc.property(anyTaskSpec, anyImageSpec, (task, image) => {
        const { process, secrets = [] } = effectiveSpec(task, image);
        const names = [...(process?.env ?? []), ...secrets].map(({ name }) => name);
        expect(new Set(names).size).toBe(names.length);
      }),
    );
  });

  const image = {
    process: { entrypoint: ['/entry'], args: ['serve'], user: { uid: 10, gid: 20 } },
    healthCheck: { command: ['/check'], intervalSeconds: 5, timeoutSeconds: 60 },
  };

  it.each<[string, TaskSpec, TaskSpec]>([
    [
      'the image’s entrypoint and the task’s arguments',
      { process: { args: ['help'] } },
      { process: { entrypoint: ['/entry'], args: ['help'], user: image.process.user } },
    ],
    [
      'the task’s entrypoint without the image’s arguments',
      { process: { entrypoint: ['/bin/sh'] } },
      { process: { entrypoint: ['/bin/sh'], user: image.process.user } },
    ],
    [
      'another user without the group of the image’s',
      { process: { user: { username: 'app' } } },
      { process: { entrypoint: ['/entry'], args: ['serve'], user: { username: 'app' } } },
    ],
    [
      'the image’s user in another group',
      { process: { user: { groupname: 'staff' } } },
      { process: { entrypoint: ['/entry'], args: ['serve'], user: { uid: 10, groupname: 'staff' } } },
    ],
    [
      'the image’s user with another mask',
      { process: { user: { umask: 0 } } },
      { process: { entrypoint: ['/entry'], args: ['serve'], user: { uid: 10, gid: 20, umask: 0 } } },
    ],
  ])('is %s', (_, task, process) => {
    expect(effectiveSpec(task, { process: image.process })).toEqual(process);
  });

  it('has the image’s stop signal if the task has none', () => {
    expect(effectiveSpec({ stop: {} }, { stop: { signal: 'QUIT' } }).stop).toEqual({ signal: 'QUIT' });
  });

  it('has the task’s health check, with the image’s command unless it has its own', () => {
    const checkOf = (healthCheck: TaskSpec['healthCheck']) =>
      effectiveSpec({ healthCheck }, image).healthCheck;
    expect(checkOf({ intervalSeconds: 9 })).toEqual({ ...image.healthCheck, intervalSeconds: 9 });
    expect(checkOf({ command: ['/other'] })).toEqual({ command: ['/other'] });
    expect(checkOf({ command: [] })).toEqual({ command: [] });
  });
});
