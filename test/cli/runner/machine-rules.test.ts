/** The machine's owner limits the permissions of tasks, in addition to their location. */
import { describe, expect, it } from 'vitest';
import { machineRules } from '../../../cli/runner/machine-rules.ts';
import { compose } from '../../../lib/composition/plan/composed-container.ts';
import type { PlanInput } from '../../../lib/composition/plan/plan-input.ts';
import type { TaskSpec } from '../../../lib/element/task-spec.ts';
import type { Allow } from '../../../lib/location/allow.ts';
import { inputOf, task } from '../../lib/composition/plan/some-input.ts';

const MAIN = 'task://jobs/main';
const process = { args: ['/bin/tool'] };

const judge = (allow: Allow | undefined, spec: TaskSpec, parts: Partial<PlanInput> = {}): void =>
  machineRules(allow)(
    compose(inputOf({ tasks: [task(MAIN, { process }), task('task://jobs/side', spec)], ...parts })),
  );
const asking: TaskSpec = {
  process: { ...process, capabilities: { add: ['CAP_NET_ADMIN'] } },
  secrets: [{ name: 'KEY', valueFrom: 'jobs/key', target: 'env' }],
};
const logs = (spec: PlanInput['logs'][number]['spec']) => ({ logs: [{ id: 'log://lines/all', spec }] });

describe('a container', () => {
  it('runs if the machine’s owner sets no limits, or permits it', () => {
    judge(undefined, asking, logs({ s3: { bucket: 'lines' } }));
    judge(
      { capabilities: ['net_admin'], secrets: ['jobs/'], logs: ['s3://lines/'] },
      asking,
      logs({ s3: { bucket: 'lines' } }),
    );
    judge({}, { process }, logs({ file: { path: 'today.log' } }));
  });

  it.each<[string, Allow, Partial<PlanInput>, string]>([
    [
      'a capability',
      { secrets: ['jobs/'] },
      {},
      'tasks["task://jobs/side"].process.capabilities.add asks for CAP_NET_ADMIN',
    ],
    [
      'a secret',
      { capabilities: ['NET_ADMIN'] },
      {},
      'tasks["task://jobs/side"].secrets[0].valueFrom asks for jobs/key',
    ],
    [
      'a bucket',
      { capabilities: ['NET_ADMIN'], secrets: ['jobs/'] },
      logs({ s3: { bucket: 'lines' } }),
      'logs["log://lines/all"].s3 asks for s3://lines/',
    ],
  ])('does not run if it requests %s and the machine does not permit it', (_, allow, parts, said) => {
    expect(() => judge(allow, asking, parts)).toThrow(said);
  });

  it('never runs with a log at a path of the machine', () => {
    for (const allow of [undefined, {}])
      expect(() => judge(allow, { process }, logs({ file: { path: '/root/.bashrc' } }))).toThrow(
        'logs["log://lines/all"].file.path is a path of the machine, /root/.bashrc',
      );
  });
});
