/** A stack of another app beside the first: with the packed construct, callers who use tokens, and tasks on Fargate. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { titled } from '../bundle.ts';
import { type Cloud, type Ran, run, taskport } from './cloud.ts';
import { type Deployment, deployApp } from './deployment.ts';
import { describeFargate } from './fargate.ts';
import { type Issuer, startIssuer } from './issuer.ts';
import { without } from './ministack.ts';
import { describeRuntime } from './runtime.ts';

const lack = without('ministack');

describe.skipIf(lack !== undefined)(titled('a deployment for callers with tokens', lack), () => {
  const cloud = inject('cloud') as Cloud;
  let issuer: Issuer;
  let deployment: Deployment;
  beforeAll(async () => {
    issuer = await startIssuer(cloud);
    deployment = await deployApp(cloud, { ISSUER: issuer.url });
  });
  afterAll(() => issuer?.stop());

  it('has its own names', () => {
    expect(deployment.outputs).toMatchObject({
      Auth: 'jwt',
      BusName: expect.stringMatching(/^appstack-tasks-/),
    });
  });

  it('passes `npm run smoke`', async () => {
    const smoke = ['run', '--silent', 'smoke', '--', '--stack', 'AppStack'];
    const { code, said } = await run(cloud, 'npm', smoke, { env: { TASKPORT_TOKEN: issuer.token() } });
    expect(said).not.toContain('FAILED');
    expect(code, said).toBe(0);
  });

  it.each<[string, () => string]>([
    ['is for somebody else', () => issuer.token({ aud: 'another' })],
    ['is of another issuer', () => issuer.token({ iss: 'https://127.0.0.1:1' })],
    ['is over', () => issuer.token({ exp: 1_000_000_000 })],
    [
      'was changed',
      () => issuer.token().replace(/\.[^.]+\./, `.${issuer.token({ sub: 'bob' }).split('.')[1]}.`),
    ],
    ['is none', () => randomUUID()],
  ])('refuses a token that %s', async (_, token) => {
    const list = (TASKPORT_TOKEN: string): Promise<Ran> =>
      taskport(cloud, ['location', 'list'], {
        TASKPORT_URL: deployment.outputs.ApiUrl ?? '',
        TASKPORT_TOKEN,
      });
    expect(await list(issuer.token())).toMatchObject({ code: 0 });
    const { code, said } = await list(token());
    expect({ code, said }).toEqual({ code: 1, said: expect.stringMatching(/401|unauthorized/i) });
  });

  describeFargate(() => ({ cloud, deployment, token: issuer.token() }));
  describeRuntime(() => ({ cloud, deployment }));
});
