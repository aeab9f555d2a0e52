import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { associatedSpec } from '../../../lib/composition/associated-spec.ts';
import type { TaskSpec } from '../../../lib/element/task-spec.ts';

const name = fc.stringMatching(/^[a-z][a-z0-9.-]{0,8}$/);
const path = fc.array(name, { minLength: 1, maxLength: 4 }).map((names) => `/${names.join('/')}`);
const word = fc.oneof(name, path, fc.constant('./tool'));
const command = fc.array(word, { minLength: 1, maxLength: 4 });
const spec: fc.Arbitrary<TaskSpec> = fc.record(
  {
    process: fc.record({ args: command, cwd: path }, { requiredKeys: [] }),
    healthCheck: fc.record({ command, retries: fc.nat(9) }, { requiredKeys: [] }),
    stop: fc.constant({ signal: 'TERM' }),
    annotations: fc.dictionary(name, path, { noNullPrototype: true }),
  },
  { requiredKeys: [] },
) as fc.Arbitrary<TaskSpec>;

describe('the specification of a task that joins with storage', () => {
  it.each([
    ['/bin/tool', '/opt/x', '/opt/x/bin/tool'],
    ['/bin/tool', '/', '/bin/tool'],
    ['/../../bin/sh', '/opt/x', '/opt/x/bin/sh'],
    ['/bin/../../tool', '/opt/x', '/opt/x/tool'],
    ['/', '/opt/x', '/opt/x'],
    ['tool', '/opt/x', 'tool'],
    ['./tool', '/opt/x', './tool'],
    ['bin/tool', '/opt/x', 'bin/tool'],
  ])('has %s mounted at %s as %s', (command, mountPath, seen) => {
    const moved = associatedSpec(
      { process: { args: [command, '/etc/conf'] }, healthCheck: { command: [command, '/etc/conf'] } },
      mountPath,
    );
    expect(moved).toEqual({
      process: { args: [seen, '/etc/conf'] },
      healthCheck: { command: [seen, '/etc/conf'] },
    });
  });

  it('is the same where the storage is mounted at /', () => {
    fc.assert(
      fc.property(spec, (given) => {
        expect(associatedSpec(given, '/')).toEqual(given);
      }),
    );
  });

  it('changes only the program, the directory and the check', () => {
    fc.assert(
      fc.property(spec, path, (given, mountPath) => {
        const { process, healthCheck, ...rest } = associatedSpec(given, mountPath);
        const { process: givenProcess, healthCheck: givenCheck, ...givenRest } = given;
        expect(rest).toEqual(givenRest);
        expect(process?.args?.slice(1)).toEqual(givenProcess?.args?.slice(1));
        expect(healthCheck?.command?.slice(1)).toEqual(givenCheck?.command?.slice(1));
        expect(healthCheck?.retries).toBe(givenCheck?.retries);
        expect(Object.keys(process ?? {})).toEqual(Object.keys(givenProcess ?? {}));
      }),
    );
  });

  it('has its absolute paths below the mount point, and no others', () => {
    fc.assert(
      fc.property(spec, path, (given, mountPath) => {
        const moved = associatedSpec(given, mountPath);
        const pairs = [
          [given.process?.args?.[0], moved.process?.args?.[0]],
          [given.process?.cwd, moved.process?.cwd],
          [given.healthCheck?.command?.[0], moved.healthCheck?.command?.[0]],
        ];
        for (const [before, after] of pairs) {
          expect(after).toBe(before?.startsWith('/') ? `${mountPath}${before}` : before);
        }
      }),
    );
  });
});
