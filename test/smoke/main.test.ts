/** The command for operators after a deployment, when there is nothing to check. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type CloudFormation, startCloudFormation } from '../cloudformation.ts';

const ROOT = join(import.meta.dirname, '../..');

let cloudFormation: CloudFormation;
beforeAll(async () => {
  cloudFormation = await startCloudFormation();
});
afterAll(() => cloudFormation.stop());

const smoke = async (args: readonly string[], endpoint = cloudFormation.url) => {
  const child = spawn(join(ROOT, 'node_modules/.bin/tsx'), [join(ROOT, 'test/smoke/main.ts'), ...args], {
    env: {
      PATH: process.env.PATH,
      AWS_REGION: 'eu-west-1',
      AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE',
      AWS_SECRET_ACCESS_KEY: 'secret',
      AWS_MAX_ATTEMPTS: '1',
      AWS_ENDPOINT_URL_CLOUDFORMATION: endpoint,
    },
  });
  const [out, err, [code]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'close'),
  ]);
  return { code, out, err };
};

it('names the missing stack in one line', async () => {
  expect(await smoke(['--stack', 'Taskport-prod'])).toEqual({
    code: 2,
    out: '',
    err: 'taskport: there is no stack Taskport-prod in eu-west-1\n',
  });
});

it('says in one line that CloudFormation does not answer, and its address', async () => {
  const { code, out, err } = await smoke(['--stack', 'Taskport'], 'http://127.0.0.1:1');
  expect({ code, out }).toEqual({ code: 3, out: '' });
  expect(err).toMatch(/^taskport: no answer from http:\/\/127\.0\.0\.1:1: .+\n$/);
});

it.each([[[]], [['--stack', 'a', '--url', 'http://127.0.0.1']], [['--stak', 'a']], [['--url', 'nowhere']]])(
  'prints its usage in one line: %j',
  async (args) => {
    const { code, err } = await smoke(args);
    expect(code).toBe(2);
    expect(err).toMatch(/^taskport: .+\n$/);
  },
);

it('checks the service in the stack’s outputs', async () => {
  const outputs = { ApiUrl: 'http://127.0.0.1:1', Auth: 'jwt' };
  cloudFormation.stacks.set('Taskport', { status: 'CREATE_COMPLETE', outputs });
  const { code, out } = await smoke(['--stack', 'Taskport']);
  expect(code).toBe(1);
  expect(out).toMatch(/^http:\/\/127\.0\.0\.1:1\nFAILED {2}it is alive/);
});
