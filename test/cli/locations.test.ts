import { afterAll, beforeAll, expect, it } from 'vitest';
import manifest from '../../package.json' with { type: 'json' };
import { type Run, startCommandLine } from './command-line.ts';

let url: string;
let run: Run;
let stop: () => Promise<void>;
beforeAll(async () => {
  ({ url, run, stop } = await startCommandLine());
});
afterAll(() => stop());

it('creates locations of every kind, and lists and shows them', async () => {
  const capacity = [
    '--kind',
    'image',
    '--policy',
    'create-only',
    '--capacity',
    '2048',
    '--indexed',
    'ro.os',
    'rw.tag',
  ];
  const made = await run(['location', 'create', 'library', ...capacity, '--json']);
  expect(made.json).toMatchObject([{ policy: 'create-only', capacity: 2048, indexed: ['ro.os', 'rw.tag'] }]);
  const nfs = ['--kind', 'volume', '--nfs', 'nfs.example.com:/exports/a'];
  expect((await run(['location', 'create', 'shares', ...nfs, '--json'])).json).toMatchObject([
    { type: 'nfs', nfs: { server: 'nfs.example.com', path: '/exports/a' } },
  ]);
  const { out } = await run(['location', 'list']);
  expect(
    out
      .trim()
      .split('\n')
      .map((row) => row.split(/ +/)),
  ).toEqual([
    ['NAME', 'KIND', 'TYPE', 'POLICY', 'STATE'],
    ['library', 'image', 's3', 'create-only', 'open'],
    ['shares', 'volume', 'nfs', 'read-write', 'open'],
  ]);
  expect((await run(['location', 'show', 'shares'])).out).toContain('nfs:\n  server: nfs.example.com\n');
  await run(['volume', 'create', 'shares/home']);
  expect((await run(['volume', 'show', 'shares/home'])).out).toContain(
    'nfs: nfs.example.com:/exports/a/home\n',
  );
});

it('changes policies and grants, and removes grants', async () => {
  await run(['location', 'create', 'tasks', '--kind', 'task']);
  const grants = JSON.stringify([{ principal: 'local', actions: ['admin', 'read'] }]);
  const granted = await run(
    ['location', 'update', 'tasks', '--grants', '-', '--policy', 'read-only', '--json'],
    {
      input: grants,
    },
  );
  expect(granted.json).toMatchObject([{ policy: 'read-only', grants: JSON.parse(grants) }]);
  const opened = await run([
    'location',
    'update',
    'tasks',
    '--open',
    '--if-match',
    granted.json[0].etag,
    '--json',
  ]);
  expect(opened.json[0]).not.toHaveProperty('grants');
  expect(
    (await run(['location', 'update', 'tasks', '--open', '--grants', '-'], { input: grants })).code,
  ).toBe(2);
});

it('warns of grants that exclude the caller, and names the remedy in later refusals', async () => {
  const grants = JSON.stringify([{ principal: 'colleague', actions: ['read'] }]);
  const warning =
    'warning: with these grants, only colleague (read) may use images. You (local) may only manage it; `taskport location update images --open` takes all grants away\n';
  const made = await run(['location', 'create', 'images', '--kind', 'image', '--grants', grants]);
  expect(made).toMatchObject({ code: 0, err: warning });
  const document = { apiVersion: 'taskport/v1', kind: 'Location', name: 'images', keeps: 'image' };
  const apply = (said: unknown, ...more: string[]) =>
    run(['apply', '-f', '-', ...more], { input: JSON.stringify({ ...document, grants: said }) });
  await run(['location', 'update', 'images', '--open']);
  const updated = await run(['location', 'update', 'images', '--grants', grants, '--json']);
  expect(updated).toMatchObject({ code: 0, err: `${JSON.stringify({ warning: warning.trim() })}\n` });
  expect(await apply(JSON.parse(grants))).toMatchObject({ code: 0, err: '' });

  expect(await run(['image', 'list', 'images'])).toMatchObject({ code: 1 });
  const refused = await run(['image', 'show', 'images/alpine']);
  expect(refused.err).toContain(
    'no grant of the location images lets you read: you own it, so grant yourself `read`, or take all its grants away by `taskport location update images --open`',
  );
  await run(['location', 'update', 'images', '--open']);
  expect(await run(['image', 'list', 'images'])).toMatchObject({ code: 0 });

  expect(await apply(JSON.parse(grants), '--dry-run')).toMatchObject({ code: 0, err: warning });
  expect(await apply(JSON.parse(grants))).toMatchObject({ code: 0, err: warning });
  const both = [...JSON.parse(grants), { principal: 'local', actions: ['read', 'write'] }];
  const kept = await run(['location', 'update', 'images', '--grants', JSON.stringify(both)]);
  expect(kept).toMatchObject({ code: 0, err: '' });
});

it('gives a location to another owner, and sets the permissions of tasks', async () => {
  const allow = { capabilities: ['CAP_NET_ADMIN'], logs: ['s3://lines/'] };
  const input = JSON.stringify(allow);
  const made = await run(['location', 'create', 'boxes', '--kind', 'executor', '--allow', '-', '--json'], {
    input,
  });
  expect(made.json).toMatchObject([{ owner: 'local', allow }]);
  const less = await run(['location', 'update', 'boxes', '--allow', '-', '--json'], {
    input: '{"logs": null}',
  });
  expect(less.json).toMatchObject([{ allow: { capabilities: ['CAP_NET_ADMIN'] } }]);
  expect((await run(['location', 'show', 'boxes'])).out).toContain(
    'allow:\n  capabilities: ["CAP_NET_ADMIN"]\n',
  );
  const given = ['--owner', 'arn:aws:iam::123456789012:role/builder'];
  expect((await run(['location', 'update', 'boxes', ...given])).out).toContain('owner: arn:aws:iam::');
  const session = ['--owner', 'arn:aws:sts::123456789012:assumed-role/builder/run-1'];
  expect((await run(['location', 'update', 'boxes', ...session])).err).toContain('without session and path');
});

it('tells before a delete whether a location is empty', async () => {
  await run(['location', 'create', 'logs', '--kind', 'log']);
  await run(['log', 'create', 'logs/one']);
  const kept = await run(['location', 'delete', 'logs', '--dry-run']);
  expect(kept).toMatchObject({ code: 1, out: 'logs would be refused: it keeps 1 elements\n', err: '' });
  expect((await run(['location', 'delete', 'logs'])).err).toContain('in-use');
  await run(['log', 'delete', 'logs/one']);
  await expect
    .poll(async () => (await run(['location', 'delete', 'logs', '--dry-run', '--json'])).json)
    .toEqual([{ name: 'logs', kind: 'log', state: 'open', elements: 0, wouldDelete: true }]);
  expect((await run(['location', 'show', 'logs', '--json'])).json).toMatchObject([{ state: 'open' }]);
  expect((await run(['location', 'delete', 'logs'])).out).toBe('logs is closing\n');
  expect((await run(['location', 'delete', 'logs', '--dry-run'])).out).toBe('logs is closing already\n');
});

it('names the unknown option, and the missing one', async () => {
  const misspelt = await run(['location', 'create', 'x', '--knd', 'image']);
  expect(misspelt).toMatchObject({ code: 2, err: expect.stringContaining("unknown option '--knd'") });
  expect(await run(['location', 'create', 'x'])).toMatchObject({
    code: 2,
    err: 'taskport: --kind is required: task, image, volume, executor or log\n',
  });
});

it('finds the service at its URL, also with /v1 at the end', async () => {
  for (const more of ['/v1', '/v1/', '/'])
    expect(await run(['location', 'list', '--url', `${url}${more}`])).toMatchObject({ code: 0 });
});

it('prints its version', async () => {
  expect(await run(['--version'])).toMatchObject({ code: 0, out: `${manifest.version}\n`, err: '' });
});
