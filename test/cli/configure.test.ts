/** CloudFormation is a server that answers as its API does; what is asked of it is looked at. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, afterEach, beforeAll, expect, it, vi } from 'vitest';
import { runCommand } from '../../cli/run-command.ts';
import { startHost } from '../../infra/local/host.ts';

let outputs: Record<string, string> = {};
const asked: { authorization: string; body: string }[] = [];
const cloudFormation = createServer(async (request, response) => {
  asked.push({ authorization: request.headers.authorization ?? '', body: await text(request) });
  if (!asked.at(-1)?.body.includes('StackName=Shop')) {
    response.statusCode = 400;
    response.end(
      '<ErrorResponse><Error><Code>ValidationError</Code><Message>Stack with id Other does not exist</Message></Error></ErrorResponse>',
    );
    return;
  }
  const members = Object.entries(outputs).map(
    ([key, value]) =>
      `<member><Description>x</Description><OutputKey>${key}</OutputKey><OutputValue>${value}</OutputValue></member>`,
  );
  response.end(
    `<DescribeStacksResponse><DescribeStacksResult><Stacks><member><StackName>Shop</StackName><Outputs>${members.join('')}</Outputs></member></Stacks></DescribeStacksResult></DescribeStacksResponse>`,
  );
});

const home = mkdtempSync(join(tmpdir(), 'taskport-configure-'));
const file = join(home, 'taskport/config.json');
let endpoint: string;
let host: Awaited<ReturnType<typeof startHost>>;
beforeAll(async () => {
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'AKIDEXAMPLE');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'secret');
  await new Promise<void>((listening) => cloudFormation.listen(0, '127.0.0.1', listening));
  endpoint = `http://127.0.0.1:${(cloudFormation.address() as AddressInfo).port}/`;
  host = await startHost({ port: 0, onEvent: () => {} });
});
afterAll(async () => {
  cloudFormation.close();
  await host.stop();
  vi.unstubAllEnvs();
});
afterEach(() => rmSync(file, { force: true }));

const run = async (args: string[], env: Record<string, string> = {}) => {
  let out = '';
  let err = '';
  const code = await runCommand(args, {
    env: {
      XDG_CONFIG_HOME: home,
      AWS_REGION: 'eu-west-1',
      AWS_ENDPOINT_URL_CLOUDFORMATION: endpoint,
      ...env,
    },
    out: (said) => {
      out += said;
    },
    err: (said) => {
      err += said;
    },
    write: async () => {},
    input: async () => '',
    isWatched: false,
    signal: new AbortController().signal,
  });
  return { code, out, err };
};
const written = () => JSON.parse(readFileSync(file, 'utf8'));

it('keeps where a deployed stack answers and how it wants to be called, asked for with AWS credentials', async () => {
  outputs = { ApiUrl: 'https://abc.execute-api.eu-west-1.amazonaws.com', Auth: 'iam', TableName: 't' };
  expect(await run(['configure', '--stack', 'Shop'])).toMatchObject({ code: 0, err: '' });
  expect(written()).toEqual({ url: outputs.ApiUrl, auth: 'iam', region: 'eu-west-1' });
  expect(asked.at(-1)?.authorization).toMatch(
    /Credential=[^/]+\/\d{8}\/eu-west-1\/cloudformation\/aws4_request/,
  );
});

it('finds the one that is meant in a stack of somebody else, where keys have more to them', async () => {
  outputs = {
    BlueApiUrl1A2B3C4D: 'https://blue.example.com',
    BlueAuthDEADBEEF: 'jwt',
    GreenApiUrl00000000: 'https://green.example.com?a=1&amp;b=2',
    GreenAuth11111111: 'iam',
  };
  const unclear = await run(['configure', '--stack', 'Shop']);
  expect(unclear).toMatchObject({ code: 2, err: expect.stringContaining('Blue, Green') });
  await run(['configure', '--stack', 'Shop', '--instance', 'Green']);
  expect(written()).toMatchObject({ url: 'https://green.example.com?a=1&b=2', auth: 'iam' });
  await run(['configure', '--stack', 'Shop', '--instance', 'Blue']);
  expect(written()).toMatchObject({ url: 'https://blue.example.com', auth: 'jwt' });
});

it('says what CloudFormation says where there is no such stack, and that no Taskport is in another', async () => {
  expect(await run(['configure', '--stack', 'Other'])).toMatchObject({
    code: 2,
    err: expect.stringContaining('Stack with id Other does not exist'),
  });
  outputs = { Something: 'else' };
  expect(await run(['configure', '--stack', 'Shop'])).toMatchObject({
    code: 2,
    err: expect.stringContaining('no Taskport is in Shop'),
  });
});

it('is what commands use that are told nothing else', async () => {
  await run(['configure', '--url', host.url]);
  const env = { AWS_ENDPOINT_URL_CLOUDFORMATION: '' };
  expect(await run(['location', 'create', 'images', '--kind', 'image'], env)).toMatchObject({ code: 0 });
  expect((await run(['location', 'list', '--json'], env)).out).toContain('"images"');
  // Said otherwise, what was configured does not count.
  const elsewhere = await run(['location', 'list', '--url', 'http://127.0.0.1:1'], env);
  expect(elsewhere.err).toContain('http://127.0.0.1:1');
});

it('wants one of a stack and a URL', async () => {
  expect(await run(['configure'])).toMatchObject({ code: 2 });
  expect(await run(['configure', '--stack', 'Shop', '--url', host.url])).toMatchObject({ code: 2 });
  expect(await run(['configure', '--url', host.url, '--auth', 'magic'])).toMatchObject({ code: 2 });
});
