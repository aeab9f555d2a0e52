/** The real template, deployed with enforced signatures and policies, and used like by operators and their users. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, inject, it } from 'vitest';
import { titled } from '../bundle.ts';
import { ACCOUNT, type Cloud, type Ran, run, taskport } from './cloud.ts';
import { type Deployment, deploy } from './deployment.ts';
import { without } from './ministack.ts';
import { createStack, type Heard, hear, listeningTo, physicalId, profileOf, roleCalled } from './stacks.ts';

const lack = without('ministack');

describe.skipIf(lack !== undefined)(titled('a deployment', lack), () => {
  const cloud = inject('cloud') as Cloud;
  let deployment: Deployment;
  let QueueUrl: string;
  beforeAll(async () => {
    deployment = await deploy(cloud);
    const listener = listeningTo(deployment.outputs.BusName, { source: ['taskport', 'aws.scheduler'] });
    QueueUrl = (await createStack(cloud, 'Consumer', listener)).QueueUrl ?? '';
    await called(['configure', '--stack', 'Taskport']);
  });

  /** The output of the command line, which is configured by the stack. */
  const called = async (args: readonly string[]): Promise<string> => {
    const { code, said } = await taskport(cloud, args);
    expect(code, `taskport ${args.join(' ')}\n${said}`).toBe(0);
    return said;
  };
  const isOfTask =
    (type: string) =>
    (event: Heard): boolean =>
      event['detail-type'] === type && event.detail.id === 'task://scripts/hello';

  it('has the outputs that operators and the command line need', () => {
    expect(deployment.outputs).toMatchObject({ Auth: 'iam', BusName: 'taskport' });
  });

  it('passes `npm run smoke`', async () => {
    const { code, said } = await run(cloud, 'npm', ['run', '--silent', 'smoke', '--', '--stack', 'Taskport']);
    expect(said).not.toContain('FAILED');
    expect(code, said).toBe(0);
  });

  it('executes the command line’s requests, and emits events', async () => {
    for (const [name, kind] of Object.entries({ sources: 'image', boxes: 'executor', scripts: 'task' }))
      await called(['location', 'create', name, '--kind', kind]);

    const tree = join(cloud.directory, 'lib');
    mkdirSync(tree);
    writeFileSync(join(tree, 'greeting'), 'hello');
    await called(['image', 'push', 'sources/lib', tree, '--ro', 'os=none']);
    expect(await called(['image', 'list', 'sources', '--filter', 'state=ready'])).toContain('lib');

    const spec = join(cloud.directory, 'spec.json');
    // On a busy machine, a shorter deadline may be over before the function schedules it; then it fails the task by itself.
    const deadlines = { startSeconds: 15 };
    writeFileSync(spec, JSON.stringify({ process: { args: ['/greeting'] }, deadlines }));
    await called(['task', 'create', 'scripts/hello', '--spec', spec]);
    await called(['executor', 'create', 'boxes/first']);
    await called(['compose', 'join', 'boxes/first', 'image://sources/lib', '--mount', '/']);
    await called(['compose', 'join', 'boxes/first', 'task://scripts/hello']);
    await called(['compose', 'bind', 'boxes/first']);
    expect(await called(['compose', 'plan', 'boxes/first'])).toContain('/greeting');
    expect(await called(['audit', 'executor://boxes/first'])).toContain('root');
  });

  it('delivers events to consumers of its bus', async () => {
    const bound = await hear(cloud, QueueUrl, isOfTask('Task Bound'));
    expect(bound.detail).toMatchObject({ composition: { executorId: 'executor://boxes/first' } });
  });

  it('fails a task that was not started by its deadline, through the scheduler', async () => {
    const { detail } = await hear(cloud, QueueUrl, ({ source }) => source === 'aws.scheduler');
    expect(detail).toEqual({ executorId: 'executor://boxes/first', taskId: 'task://scripts/hello' });
    const exited = await hear(cloud, QueueUrl, isOfTask('Task Exited'));
    expect(exited.detail).toMatchObject({ reason: 'start-deadline' });
  });

  it('admits principals with the permission to invoke it, by their IAM names, and nobody else', async () => {
    const calls = { Effect: 'Allow', Action: 'execute-api:Invoke', Resource: '*' };
    await createStack(cloud, 'Callers', {
      Resources: { Caller: roleCalled('Caller', calls), Stranger: roleCalled('Stranger') },
    });
    const as = (role: string, ...args: string[]): Promise<Ran> =>
      taskport(cloud, args, profileOf(cloud, role));

    expect(await as('Caller', 'location', 'create', 'hers', '--kind', 'log')).toMatchObject({
      code: 0,
      said: expect.stringContaining(`owner: arn:aws:iam::${ACCOUNT}:role/Caller\n`),
    });
    expect(await as('Stranger', 'location', 'list')).toMatchObject({
      code: 1,
      said: expect.stringMatching(/forbidden|403/i),
    });
  });

  it('has nothing to change on a second deployment', async () => {
    expect((await deploy(cloud)).said).toContain('(no changes)');
  });

  it('answers 503 if its function may not use the table: the earlier tests depend on its policies', async () => {
    const role = await physicalId(cloud, 'Taskport', 'Roleapi');
    const Statement = [{ Effect: 'Deny', Action: 'dynamodb:*', Resource: '*' }];
    await createStack(cloud, 'Denial', {
      Resources: {
        Denial: {
          Type: 'AWS::IAM::Policy',
          Properties: {
            PolicyName: 'denial',
            Roles: [role],
            PolicyDocument: { Version: '2012-10-17', Statement },
          },
        },
      },
    });
    const { code, said } = await taskport(cloud, ['location', 'list']);
    expect({ code, said }).toEqual({ code: 3, said: expect.stringContaining('unavailable') });
  });
});
