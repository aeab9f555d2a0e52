/** The real template, deployed where signatures and policies are enforced, and used as operators and their users do. */
import { beforeAll, describe, expect, inject, it } from 'vitest';
import { titled } from '../bundle.ts';
import { type Cloud, run } from './cloud.ts';
import { type Deployment, deploy } from './deployment.ts';
import { without } from './ministack.ts';

const lack = without('ministack');

describe.skipIf(lack !== undefined)(titled('a deployment', lack), () => {
  const cloud = inject('cloud') as Cloud;
  let deployment: Deployment;
  beforeAll(async () => {
    deployment = await deploy(cloud);
  });

  it('says what operators and the command line look for', () => {
    expect(deployment.outputs).toMatchObject({ Auth: 'iam', BusName: 'taskport' });
  });

  it('has all that `npm run smoke` looks at', async () => {
    const { code, said } = await run(cloud, 'npm', ['run', '--silent', 'smoke', '--', '--stack', 'Taskport']);
    expect(said).not.toContain('FAILED');
    expect(code, said).toBe(0);
  });

  it('has nothing to change the second time', async () => {
    expect((await deploy(cloud)).said).toContain('(no changes)');
  });
});
