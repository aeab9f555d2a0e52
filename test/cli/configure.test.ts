import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { type CloudFormation, startCloudFormation } from '../cloudformation.ts';
import { runCommand, startHost } from '../host-bundle.ts';

let cloudFormation: CloudFormation;
const shop = (outputs: Record<string, string>, status = 'CREATE_COMPLETE') =>
  void cloudFormation.stacks.set('Shop', { status, outputs });

const home = mkdtempSync(join(tmpdir(), 'taskport-configure-'));
const file = join(home, 'taskport/config.json');
let host: Awaited<ReturnType<typeof startHost>>;
beforeAll(async () => {
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'AKIDEXAMPLE');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'secret');
  cloudFormation = await startCloudFormation();
  host = await startHost({ port: 0, onEvent: () => {} });
});
afterAll(async () => {
  cloudFormation.stop();
  await host.stop();
  vi.unstubAllEnvs();
});
afterEach(() => {
  rmSync(file, { force: true });
  cloudFormation.answerAs();
});

const run = async (args: string[], env: Record<string, string> = {}) => {
  let out = '';
  let err = '';
  const code = await runCommand(args, {
    env: {
      XDG_CONFIG_HOME: home,
      AWS_REGION: 'eu-west-1',
      AWS_ENDPOINT_URL_CLOUDFORMATION: cloudFormation.url,
      ...env,
    },
    out: (said) => {
      out += said;
    },
    err: (said) => {
      err += said;
    },
    write: async () => {},
    input: async function* () {},
    onSignal: () => () => {},
    isWatched: false,
    signal: new AbortController().signal,
  });
  return { code, out, err };
};
const written = () => {
  const { current, contexts } = JSON.parse(readFileSync(file, 'utf8'));
  return contexts[current];
};

it('stores the URL and the sign-in of a deployed stack, which it reads with AWS credentials', async () => {
  const url = 'https://abc.execute-api.eu-west-1.amazonaws.com';
  shop({ ApiUrl: url, Auth: 'iam', TableName: 't' });
  expect(await run(['configure', '--stack', 'Shop'])).toMatchObject({ code: 0, err: '' });
  expect(written()).toEqual({ url, auth: 'iam', region: 'eu-west-1' });
  expect(cloudFormation.asked.at(-1)?.authorization).toMatch(
    /Credential=[^/]+\/\d{8}\/eu-west-1\/cloudformation\/aws4_request/,
  );
});

it('finds the selected Taskport in a larger stack, whose outputs have longer keys', async () => {
  shop({
    BlueApiUrl1A2B3C4D: 'https://blue.example.com',
    BlueAuthDEADBEEF: 'jwt',
    GreenApiUrl00000000: 'https://green.example.com?a=1&b=2',
    GreenAuth11111111: 'iam',
  });
  const unclear = await run(['configure', '--stack', 'Shop']);
  expect(unclear).toMatchObject({ code: 2, err: expect.stringContaining('Blue, Green') });
  await run(['configure', '--stack', 'Shop', '--instance', 'Green']);
  expect(written()).toMatchObject({ url: 'https://green.example.com?a=1&b=2', auth: 'iam' });
  await run(['configure', '--stack', 'Shop', '--instance', 'Blue']);
  expect(written()).toMatchObject({ url: 'https://blue.example.com', auth: 'jwt' });
});

it('reports a missing stack, and a stack without Taskport with its state', async () => {
  for (const stack of ['Other', 'no name']) {
    expect(await run(['configure', '--stack', stack])).toMatchObject({
      code: 2,
      err: `taskport: there is no stack ${stack} in eu-west-1\n`,
    });
  }
  shop({ Something: 'else' }, 'ROLLBACK_COMPLETE');
  expect(await run(['configure', '--stack', 'Shop'])).toMatchObject({
    code: 2,
    err: 'taskport: no Taskport is in the stack Shop, which is ROLLBACK_COMPLETE\n',
  });
  expect(await run(['configure', '--stack', 'Shop', '--region', 'not a region'])).toMatchObject({
    code: 2,
    err: 'taskport: not a region is no region, such as eu-central-1\n',
  });
});

it.each([
  [403, 'AccessDenied', 1],
  [403, 'ExpiredToken', 1],
  [503, 'ServiceUnavailable', 3],
])('reports refusals of CloudFormation: %d %s ends with %d', async (status, code, expected) => {
  vi.stubEnv('AWS_MAX_ATTEMPTS', '1');
  cloudFormation.answerAs({ status, code, message: `because of ${code}` });
  expect(await run(['configure', '--stack', 'Shop'])).toMatchObject({
    code: expected,
    err: `taskport: because of ${code}\n`,
  });
});

it('sets the default of other commands', async () => {
  await run(['configure', '--url', host.url]);
  const env = { AWS_ENDPOINT_URL_CLOUDFORMATION: '' };
  expect(await run(['location', 'create', 'images', '--kind', 'image'], env)).toMatchObject({ code: 0 });
  expect((await run(['location', 'list', '--json'], env)).out).toContain('"images"');
});

it('affects no other service: neither its address nor its signing', async () => {
  await run(['configure', '--url', cloudFormation.url, '--auth', 'iam', '--region', 'eu-north-1']);
  await run(['location', 'list']);
  expect(cloudFormation.asked.at(-1)?.authorization).toContain('/eu-north-1/execute-api/');
  const before = cloudFormation.asked.length;
  await run(['location', 'list', '--url', cloudFormation.url]);
  expect(cloudFormation.asked.length).toBeGreaterThan(before);
  expect(cloudFormation.asked.at(-1)?.authorization).toBe('');
});

it('needs a stack or a URL', async () => {
  expect(await run(['configure'])).toMatchObject({ code: 2 });
  expect(await run(['configure', '--stack', 'Shop', '--url', host.url])).toMatchObject({ code: 2 });
  expect(await run(['configure', '--url', host.url, '--auth', 'magic'])).toMatchObject({ code: 2 });
});

describe('contexts', () => {
  const asked = async (args: string[], env: Record<string, string> = {}): Promise<string | undefined> => {
    const { code } = await run(['location', 'list', ...args], env);
    return code === 0 ? 'the host' : cloudFormation.asked.at(-1)?.authorization;
  };

  it('are added, used and removed, and commands use the named one', async () => {
    const added = await run(['context', 'add', 'laptop', '--url', host.url]);
    expect(added).toMatchObject({
      code: 0,
      out: 'laptop is added; `context use laptop` changes to it, and default is the current one\n',
    });
    expect((await run(['context', 'list'])).out).toMatch(
      /^NAME.*\nlaptop +http.*\ndefault +\* +http:\/\/127\.0\.0\.1:8787 /,
    );
    await run(['context', 'use', 'laptop']);
    const away = ['--url', cloudFormation.url, '--auth', 'iam', '--region', 'eu-north-1'];
    await run(['context', 'add', 'prod', ...away, '--executor-location', 'fleet']);
    expect(await asked([])).toBe('the host');
    const signed = expect.stringContaining('/eu-north-1/execute-api/');
    expect(await asked(['--context', 'prod'])).toEqual(signed);
    expect(await asked([], { TASKPORT_CONTEXT: 'prod' })).toEqual(signed);
    expect(await asked([], { TASKPORT_CONTEXT: 'prod', TASKPORT_URL: host.url })).toBe('the host');
    await run(['context', 'use', 'prod']);
    expect(await asked([])).toEqual(signed);
    expect((await run(['context', 'show', '--json'])).out).toContain('"executorLocation":"fleet"');
    expect((await run(['context', 'list'])).out).toMatch(/^NAME.*\nlaptop .*\nprod +\* .* fleet\ndefault /);
    const elsewhere = await run(['context', 'list'], { TASKPORT_URL: host.url });
    expect(elsewhere.err).toBe(`commands go to ${host.url}: TASKPORT_URL comes before all contexts\n`);
    expect((await run(['context', 'list'], { TASKPORT_CONTEXT: 'laptop' })).err).toContain(
      'go to the context laptop',
    );
    expect(await run(['context', 'remove', 'prod'])).toMatchObject({ code: 2 });
    expect(await run(['context', 'use', 'default'])).toMatchObject({ code: 0 });
    expect(await run(['context', 'remove', 'default'])).toMatchObject({ code: 2 });
    expect(await run(['context', 'remove', 'prod', 'laptop'])).toMatchObject({ code: 0 });
    expect((await run(['context', 'list'])).out).toMatch(/^NAME.*\ndefault +\* .*\n$/);
    await run(['context', 'add', 'here', '--url', host.url, '--use']);
    expect(await asked([])).toBe('the host');
  });

  it('include a file of an earlier version as the context default', async () => {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, JSON.stringify({ url: host.url, auth: 'none' }));
    expect((await run(['context', 'list', '--output', 'id'])).out).toBe('default\n');
    expect(await asked([])).toBe('the host');
    await run(['context', 'add', 'other', '--url', cloudFormation.url]);
    expect(await asked(['--context', 'default'])).toBe('the host');
  });

  it.each([
    [['context', 'use', 'nowhere'], 'there is no context nowhere'],
    [['location', 'list', '--context', 'nowhere'], 'there is no context nowhere'],
    [['location', 'list', '--context', 'constructor'], 'there is no context constructor'],
    [['location', 'list', '--context', 'a', '--url', 'http://127.0.0.1:1'], 'either --url or --context'],
    [['context', 'add', 'a/b', '--url', 'http://127.0.0.1:1'], 'a/b is no name of a context'],
    [['context', 'add', 'a'], 'either --stack or --url'],
  ])('that are missing or invalid are wrong usage: %j', async (args, said) => {
    expect(await run(args)).toMatchObject({ code: 2, err: expect.stringContaining(said) });
  });

  it.each(['{', '[]', '{"contexts": {"a": {}}}', '{"contexts": 1}'])(
    'cannot be read if the file contains %s',
    async (held) => {
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, held);
      const said = await run(['context', 'list']);
      expect(said).toMatchObject({ code: 2, err: expect.stringContaining(`${file} cannot be read`) });
    },
  );
});
