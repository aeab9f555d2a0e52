import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Run, runAgainst, startCommandLine } from './command-line.ts';
import { writeIndex, writeManifest } from './image-layout.ts';
import { startRecordingProxy } from './recording-proxy.ts';

const directory = mkdtempSync(join(tmpdir(), 'taskport-apply-'));
let proxy: Awaited<ReturnType<typeof startRecordingProxy>>;
/** Through the proxy, and around it. */
let run: Run;
let aside: Run;
let stop: () => Promise<void>;
beforeAll(async () => {
  let url: string;
  ({ url, stop, run: aside } = await startCommandLine());
  proxy = await startRecordingProxy(url);
  run = runAgainst(proxy.url);
  const locations = ['image', 'volume', 'task', 'executor', 'log'].map((kind) =>
    document('Location', { name: `${kind}s`, keeps: kind }),
  );
  locations.push(document('Location', { name: 'machines', keeps: 'executor' }));
  expect(await apply(locations)).toMatchObject({ code: 0 });
});
afterAll(async () => {
  proxy.stop();
  await stop();
  rmSync(directory, { recursive: true });
});

const document = (kind: string, said: object): string =>
  JSON.stringify({ apiVersion: 'taskport/v1', kind, ...said });
/** Applies documents from standard input. */
const apply = (documents: readonly string[], ...options: string[]) =>
  run(['apply', '-f', '-', ...options], { input: documents.join('\n---\n') });
const show = async (kind: string, id: string) => (await aside([kind, 'show', id, '--json'])).json[0];
const membersOf = async (executor: string): Promise<{ id: string; bound: boolean }[]> =>
  (await show('executor', executor)).composition.members;

const task = (id: string, args: string[], more: object = {}) =>
  document('Task', { id, spec: { process: { args }, ...more } });
const composition = (executorId: string, members: object[], more: object = {}) =>
  document('Composition', { executorId, executor: {}, members, ...more });

describe('changes', () => {
  it('are printed line by line and made, and nothing else changes', async () => {
    const said = (rw: object, policy: string) => [
      document('Location', { name: 'kept', keeps: 'volume', policy, capacity: 4096 }),
      document('Volume', { id: 'kept/one', freeSpace: 1024, metadata: { ro: { team: 'search' }, rw } }),
    ];
    expect((await apply(said({ a: '1', b: '2' }, 'read-write'))).out).toBe(
      'location kept created\nvolume://kept/one created\n',
    );
    await aside(['volume', 'update', 'kept/one', '--rw', 'theirs=3']);
    const next = said({ a: null, b: '4' }, 'read-write');
    proxy.writes();
    const foreseen = await apply(next, '--dry-run');
    expect(foreseen.out).toBe(
      'location kept unchanged (dry run)\nvolume://kept/one configured (dry run)\n  ~ metadata.rw.b: "2" → "4"\n  - metadata.rw.a: "1"\n',
    );
    expect((await run(['diff', '-f', '-'], { input: next.join('\n---\n') })).out).toBe(foreseen.out);
    expect(proxy.writes()).toEqual([]);
    expect((await apply(next)).out).toBe('location kept unchanged\nvolume://kept/one configured\n');
    expect((await show('volume', 'kept/one')).metadata).toEqual({
      ro: { team: 'search' },
      rw: { b: '4', theirs: '3' },
    });
    expect((await apply(said({ b: '4' }, 'create-only'))).out).toContain('location kept configured\n');
    expect(await show('location', 'kept')).toMatchObject({ policy: 'create-only', capacity: 4096 });
  });

  it('are none once a file has removed what a location allows or grants', async () => {
    const said = (allow: object | null, grants: object[] | null) =>
      document('Location', { name: 'strict', keeps: 'executor', allow, grants });
    const grant = { principal: 'local', actions: ['admin'] };
    expect(await apply([said({ logs: ['s3://lines/'] }, [grant])])).toMatchObject({ code: 0 });
    expect((await apply([said(null, null)])).out).toBe('location strict configured\n');
    expect((await apply([said(null, null)])).out).toBe('location strict unchanged\n');
    const { allow, grants } = await show('location', 'strict');
    expect([allow, grants]).toEqual([{}, undefined]);
  });

  it('keep concurrent changes by others', async () => {
    await apply([document('Volume', { id: 'volumes/both', metadata: { rw: { a: '1' } } })]);
    proxy.before('PATCH ', () => aside(['volume', 'update', 'volumes/both', '--rw', 'b=theirs']));
    const said = document('Volume', { id: 'volumes/both', metadata: { rw: { a: '2' } } });
    proxy.writes();
    expect((await apply([said])).out).toBe('volume://volumes/both configured\n');
    // The first is refused, because the compared state has changed.
    expect(proxy.writes()).toHaveLength(2);
    expect((await show('volume', 'volumes/both')).metadata.rw).toEqual({ a: '2', b: 'theirs' });
    // Another caller has created it meanwhile, so this changes it instead.
    proxy.before('POST /v1/elements', () => aside(['volume', 'create', 'volumes/raced', '--rw', 'b=theirs']));
    const raced = document('Volume', { id: 'volumes/raced', metadata: { rw: { a: '2' } } });
    expect((await apply([raced])).out).toBe('volume://volumes/raced configured\n');
    expect((await show('volume', 'volumes/raced')).metadata.rw).toEqual({ a: '2', b: 'theirs' });
  });

  it('are made in the order of dependencies, from files and directories', async () => {
    const data = join(directory, 'data');
    mkdirSync(join(data, 'etc'), { recursive: true });
    writeFileSync(join(data, 'etc/motd'), 'hello\n');
    const [first, second] = [join(directory, '1.yaml'), join(directory, '2.yml')];
    writeFileSync(
      first,
      `${composition('ordered-boxes/one', [
        { id: 'image://ordered/child', mount: { path: '/' } },
        { task: { name: 'main', spec: { process: { args: ['/bin/true'] } } } },
      ])}\n---\n${document('Image', { id: 'ordered/child', parentId: 'ordered/parent' })}`,
    );
    writeFileSync(
      second,
      ['apiVersion: taskport/v1', 'kind: Image', 'id: ordered/parent', 'data: data', '---'].join('\n') +
        `\n${document('Location', { name: 'ordered-boxes', keeps: 'executor' })}\n---\n${document('Location', { name: 'ordered', keeps: 'image' })}`,
    );
    writeFileSync(join(directory, 'read-me.txt'), 'no document');
    const lines = [
      'location ordered-boxes',
      'location ordered',
      'image://ordered/parent',
      'image://ordered/child',
    ];
    lines.push('composition executor://ordered-boxes/one');
    const made = await run(['apply', '-f', directory]);
    expect(made.out).toBe(lines.map((line) => `${line} created\n`).join(''));
    const again = await run(['apply', '-f', second, '-f', first]);
    expect(again.out).toBe(lines.map((line) => `${line} unchanged\n`).join(''));
  });
});

describe('compositions', () => {
  it('get further members of a document, are bound and unbound by it, and keep other members', async () => {
    await apply([document('Image', { id: 'images/root' }), document('Volume', { id: 'volumes/state' })]);
    await apply([task('tasks/first', ['/bin/a']), document('Log', { id: 'logs/app' })]);
    const root = { id: 'image://images/root', mount: { path: '/' } };
    const state = { id: 'volume://volumes/state', mount: { path: '/state/', save: 'never' } };
    const first = { id: 'task://tasks/first', overrides: { process: { env: [{ name: 'A', value: '1' }] } } };
    const box = (members: object[], wanted: string) =>
      composition('executors/box', members, { state: wanted });
    expect((await apply([box([root], 'unbound')])).out).toBe(
      'composition executor://executors/box created\n',
    );
    expect(await membersOf('executors/box')).toMatchObject([{ bound: false }]);
    // Another caller joins a log and one of the new members meanwhile, so the plan is computed again.
    proxy.before('POST /v1/compositions', async () => {
      await aside(['compose', 'join', 'executors/box', 'log://logs/app']);
      await aside(['compose', 'join', 'executors/box', state.id, '--mount', '/state', '--save', 'never']);
    });
    const all = box([root, state, first], 'bound');
    expect((await apply([all], '--dry-run', '--json')).json[0].changes).toEqual([
      { path: 'members[1]', to: 'volume://volumes/state at /state/' },
      { path: 'members[2]', to: 'task://tasks/first' },
      { path: 'state', from: 'unbound', to: 'bound' },
    ]);
    const done = await apply([all], '--json');
    expect(done.json).toMatchObject([
      {
        result: 'configured',
        changes: [
          { path: 'members[2]', to: 'task://tasks/first' },
          { path: 'state', from: 'unbound', to: 'bound' },
        ],
      },
    ]);
    const bound = [root.id, 'log://logs/app', state.id, first.id].map((id) =>
      expect.objectContaining({ id, bound: true }),
    );
    expect(await membersOf('executors/box')).toEqual(bound);
    const same = await apply([all]);
    expect(same.out).toBe('composition executor://executors/box unchanged\n');
    expect(same.err).toBe(
      'executor://executors/box has log://logs/app too, which no document names: it stays\n',
    );
    expect((await apply([box([root, state, first], 'unbound')])).out).toContain('configured');
    expect((await membersOf('executors/box')).filter((member) => member.bound)).toEqual([]);
  });

  it('let changed members leave and join again, with a restart of the tasks, and print that before', async () => {
    await apply([document('Image', { id: 'images/fixed' }), document('Volume', { id: 'volumes/fixed' })]);
    const volume = { id: 'volumes/fixed', mount: { path: '/data' } };
    const box = (readOnly: boolean, args: string, more: object[] = [volume]) =>
      composition('executors/fixed', [
        { id: 'images/fixed', mount: { path: '/', readOnly } },
        { task: { name: 'main', spec: { process: { args: [args] } } } },
        { task: { name: 'second', spec: { process: { args: ['/bin/c'] } } } },
        ...more,
      ]);
    await apply([box(false, '/bin/a')]);
    const next = box(true, '/bin/b');
    const foreseen = await apply([next], '--dry-run');
    const executor = 'executor://executors/fixed';
    expect(foreseen.out).toBe(
      `composition ${executor} configured (dry run)
  ~ members[0].mount.readOnly: false → true; replaces image://images/fixed (stops and starts again)
  ~ members[1].task.spec.process.args: ["/bin/a"] → ["/bin/b"]; replaces ${executor}/tasks/main (stops and starts again)
`,
    );
    expect(await membersOf('executors/fixed')).toMatchObject([{ mount: { readOnly: false } }, {}, {}, {}]);
    const done = await apply([next]);
    expect(done.err).toBe('');
    expect(done.out).toBe(foreseen.out.replace(' (dry run)', ''));
    // Tasks keep their order, because all end with the first.
    expect(await membersOf('executors/fixed')).toMatchObject([
      { id: 'volume://volumes/fixed', bound: true },
      { id: 'image://images/fixed', bound: true, mount: { readOnly: true } },
      {
        id: `${executor}/tasks/main`,
        bound: true,
        task: { attempt: 2, spec: { process: { args: ['/bin/b'] } } },
      },
      { id: `${executor}/tasks/second`, bound: true, task: { attempt: 2 } },
    ]);
    expect((await apply([next])).out).toBe(`composition ${executor} unchanged\n`);
    // If another member takes its place, it leaves.
    await apply([document('Volume', { id: 'volumes/other' })]);
    const other = await apply([box(true, '/bin/b', [{ ...volume, id: 'other' }])]);
    expect(other).toMatchObject({ code: 0, err: '' });
    expect((await membersOf('executors/fixed')).map(({ id }) => id)).toContain('volume://volumes/other');
    expect((await membersOf('executors/fixed')).map(({ id }) => id)).not.toContain(volume.id);
  });

  it('are completed by the next apply after an interruption, and not started with a missing element', async () => {
    await apply([document('Image', { id: 'images/half' })]);
    const box = (readOnly: boolean, args: string, more: object[] = []) =>
      composition('executors/half', [
        { id: 'image://images/half', mount: { path: '/', readOnly } },
        { task: { name: 'main', spec: { process: { args: [args] } } } },
        ...more,
      ]);
    await apply([box(false, '/bin/a')]);
    const rootless = composition('executors/half', [
      { id: 'image://images/half', mount: { path: '/opt' } },
      { task: { name: 'main', spec: { process: { args: ['/bin/a'] } } } },
    ]);
    expect((await apply([rootless])).out).toContain('leaves nothing at / for tasks to run on');
    const lacking = await apply([box(true, '/bin/b', [{ id: 'log://logs/none' }])]);
    expect(lacking.err).toContain('log://logs/none');
    expect(lacking.code).toBe(1);
    expect(await membersOf('executors/half')).toMatchObject([{ bound: true }, { bound: true }]);
    for (const step of [/\/unbind$/, /\/leave$/, /^POST \/v1\/compositions$/]) {
      const next = box(!step.source.includes('leave'), `/bin/${step.source.length}`);
      const killed = new AbortController();
      proxy.before(step, async () => killed.abort());
      const half = await run(['apply', '-f', '-'], { input: next, signal: killed.signal });
      expect(half.code, half.err).toBe(130);
      expect((await apply([next])).err).toBe('');
      expect(await membersOf('executors/half')).toMatchObject([{ bound: true }, { bound: true }]);
      expect((await apply([next])).out).toContain('unchanged');
    }
  });

  it('keep a member whose data would be lost', async () => {
    await apply([document('Volume', { id: 'volumes/passing' })]);
    const box = (path: string) =>
      composition('executors/passing', [
        { id: 'volume://volumes/passing', mount: { path, persistent: false } },
      ]);
    await apply([box('/a')]);
    const refused = await apply([box('/b')]);
    expect(refused).toMatchObject({ code: 1, err: 'nothing was changed\n' });
    expect(refused.out).toContain(
      '`taskport compose leave executor://executors/passing volume://volumes/passing`',
    );
  });

  it('keep the image that a tag named at the join', async () => {
    await apply([document('Image', { id: 'images/old' }), document('Image', { id: 'images/new' })]);
    await aside(['image', 'tag', 'images/old', 'images/app:1']);
    const box = composition('executors/tagged', [{ id: 'image://images/app:1', mount: { path: '/' } }]);
    await apply([box]);
    expect(await apply([box])).toMatchObject({
      out: 'composition executor://executors/tagged unchanged\n',
      err: '',
    });
    await aside(['image', 'tag', 'images/new', 'images/app:1']);
    const kept = await apply([box]);
    expect(kept.out).toBe('composition executor://executors/tagged unchanged\n');
    expect(kept.err).toContain(
      'keeps image://images/old, and image://images/app:1 names image://images/new now',
    );
  });
});

describe('IDs', () => {
  it('may be short everywhere: declared elements are found first, and then those of the service', async () => {
    await aside(['volume', 'create', 'volumes/there']);
    const made = await apply([
      document('Location', { name: 'shelf', keeps: 'image' }),
      document('Image', { id: 'shelf/base' }),
      document('Image', { id: 'short', parentId: 'shelf/base' }),
      document('Task', { id: 'along' }),
      document('Composition', {
        executorId: 'short',
        executor: {},
        members: [
          { id: 'short', mount: { path: '/' } },
          { id: 'volumes/there', mount: { path: '/data' } },
          { id: 'along' },
          { task: { name: 'own', spec: { process: { args: ['/data/x'] } } }, storageId: 'there' },
        ],
      }),
    ]);
    expect(made).toMatchObject({ code: 0, err: '' });
    expect(
      (await show('executor', 'machines/short')).composition.members.map(({ id }: { id: string }) => id),
    ).toEqual([
      'image://images/short',
      'volume://volumes/there',
      'task://tasks/along',
      'executor://machines/short/tasks/own',
    ]);
    const unknown = composition('short-two', [{ id: 'nowhere/x', mount: { path: '/' } }, { id: 'no-such' }]);
    expect(await apply([unknown])).toMatchObject({
      code: 2,
      err: expect.stringMatching(
        /members\[0\]\.id: names nothing that is declared .* image:\/\/.*\n.*members\[1\]\.id: .* task:\/\//,
      ),
    });
  });
});

describe('an image of a registry', () => {
  const root = (id: string) => [{ id, mount: { path: '/' } }];

  it('is a member by its reference, and gets an element that stands for it', async () => {
    const said = [composition('from-registry', root('ghcr.io/acme/app:1'))];
    const planned = await apply(said, '--dry-run');
    expect(planned.out).toMatch(/^image:\/\/images\/ghcr.io-acme-app-1 created \(dry run\)$/m);
    expect(await apply(said)).toMatchObject({ code: 0, err: '' });
    expect(await show('image', 'ghcr.io-acme-app-1')).toMatchObject({
      metadata: { ro: { 'registry/image': 'ghcr.io/acme/app:1' } },
    });
    expect(await membersOf('machines/from-registry')).toMatchObject([
      { id: 'image://images/ghcr.io-acme-app-1' },
    ]);
    expect((await apply(said)).out).not.toMatch(/created|configured/);
  });

  it('comes after declared and existing elements', async () => {
    await apply([document('Image', { id: 'own' }), document('Tag', { id: 'own:1', image: 'own' })]);
    expect(await apply([composition('from-own', root('own:1'))])).toMatchObject({ code: 0 });
    expect(await membersOf('machines/from-own')).toMatchObject([{ id: 'image://images/own' }]);
  });

  it('needs a tag or a digest, so that no typing error names one', async () => {
    expect(await apply([composition('mistyped', root('alpin'))])).toMatchObject({
      code: 2,
      err: expect.stringContaining('or name an image of a registry with its tag, such as alpine:3.20'),
    });
  });
});

it('names the missing line if the executor does not exist', async () => {
  const said = document('Composition', { executorId: 'nobody', members: [] });
  const { code, out } = await apply([said]);
  expect(code).not.toBe(0);
  expect(out).toContain('`executor: {}` creates it');
  expect(await apply([document('Executor', { id: 'nobody' }), said])).toMatchObject({ code: 0 });
});

it('shows a whole file in its help, which can be applied', async () => {
  const { out: help } = await run(['apply', '--help']);
  const [, indented = ''] = /\nA file:\n((?: {2}.*\n)+)/.exec(help) ?? [];
  const input = indented.replaceAll(/^ {2}/gm, '');
  const done = await run(['apply', '-f', '-'], { input });
  expect(done).toMatchObject({ code: 0, err: '' });
  // Apply also creates the element that stands for the image of the registry.
  expect(done.out.match(/ created$/gm)).toHaveLength((input.match(/^kind:/gm)?.length ?? 0) + 1);
  expect((await run(['apply', '-f', '-'], { input })).out.match(/ unchanged$/gm)).not.toBeNull();
});

describe('an impossible change', () => {
  it('is reported together with all others, of all documents', async () => {
    const refused = await apply([
      document('Volume', { id: 'volumes/a', freeSpace: -1, metadata: { ro: { n: 1 } } }),
      document('Pod', { id: 'x' }),
      composition('executors/x', [
        { id: 'image://images/x' },
        { task: { name: 'main', spec: { process: { argv: [] } } } },
        { id: 'log://logs/x', mount: { path: '/' } },
        { id: 'volume://volumes/a', mount: { path: '/a' } },
        { id: 'volume://volumes/b', mount: { path: '/a/' } },
      ]),
    ]);
    expect(refused.code).toBe(2);
    for (const path of [
      'freeSpace',
      'metadata.ro.n',
      'kind',
      'members[0].mount',
      'members[1].task.spec.process.argv',
      'members[2]',
      'members[4].mount.path',
    ])
      expect(refused.err).toContain(`: ${path}`);
  });

  it('is reported with its place and a remedy, and nothing is written', async () => {
    await apply([task('tasks/fixed', ['/bin/a'], { annotations: { a: '1' } })]);
    proxy.writes();
    const input = `apiVersion: taskport/v1
kind: Task
id: tasks/fixed
spec:
  annotations: { a: "2" }
  process:
    args: [/bin/b]
---
${document('Volume', { id: 'volumes/never' })}`;
    const refused = await run(['apply', '-f', '-'], { input });
    expect(refused).toMatchObject({ code: 1, err: 'nothing was changed\n' });
    expect(refused.out).toMatch(
      /^task:\/\/tasks\/fixed refused\n {2}~ spec\.process\.args: \["\/bin\/a"\] → \["\/bin\/b"\]\n {4}standard input:7:5: spec\.process\.args does not change once a task is there.*`parentId`.*`overrides`/,
    );
    expect(proxy.writes()).toEqual([]);
    const annotated = task('tasks/fixed', ['/bin/a'], { annotations: { a: '2' } });
    expect((await apply([annotated])).out).toBe('task://tasks/fixed configured\n');
  });

  it('is named for data, parents, and fields that never change', async () => {
    const archive = (byte: string) => ({
      data: { base64: Buffer.alloc(1024).toString('base64') },
      metadata: { ro: { byte } },
    });
    await apply([
      document('Image', { id: 'images/p' }),
      document('Image', { id: 'images/c', parentId: 'images/p', ...archive('1') }),
      document('Volume', { id: 'volumes/c', ...archive('1') }),
    ]);
    const data = { base64: Buffer.alloc(2048).toString('base64') };
    const other = { parentId: 'scratch:', data, metadata: { ro: { byte: '2' } } };
    const { code, json } = await apply([document('Image', { id: 'images/c', ...other })], '--json');
    expect(code).toBe(1);
    const paths = json[0].changes.map(({ path }: { path: string }) => path);
    expect(paths).toEqual(['parentId', 'metadata.ro.byte', 'data']);
    // A volume keeps its last writes.
    const volume = await apply([document('Volume', { id: 'volumes/c', data })]);
    expect(volume).toMatchObject({ code: 0, out: 'volume://volumes/c unchanged\n' });
    expect(volume.err).toContain('`taskport volume push --replace`');
    const kind = await apply([document('Location', { name: 'tasks', keeps: 'image' })]);
    expect(kind.out).toContain('keeps does not change once the location is there');
  });

  it('leaves out what depends on it, and the rest is done', async () => {
    const done = await apply([
      document('Image', { id: 'nowhere/parent' }),
      document('Volume', { id: 'volumes/child', parentId: 'image://nowhere/parent' }),
      document('Volume', { id: 'volumes/single' }),
    ]);
    expect(done).toMatchObject({
      code: 1,
      out: 'image://nowhere/parent failed\nvolume://volumes/child skipped: it needs image://nowhere/parent\nvolume://volumes/single created\n',
    });
    expect(done.err).toContain('unknown-location');
  });

  it.each([
    ['no file', ['apply'], '', '-f names the file'],
    ['a file that is not there', ['apply', '-f', '/nowhere.yaml'], '', '/nowhere.yaml cannot be read'],
    ['nothing', ['apply', '-f', '-'], '# nothing\n', 'there is no document'],
    [
      '10 MB',
      ['apply', '-f', '-'],
      `a: ${'x'.repeat(10_000_000)}`,
      'standard input: has more than 1 MiB: part it',
    ],
    ['what is not UTF-8', ['apply', '-f', '-'], Buffer.from([0x61, 0xff]), 'standard input: is not UTF-8'],
    [
      'a list',
      ['apply', '-f', '-'],
      '- a\n',
      'standard input:1:1: is no document: it begins with `apiVersion',
    ],
    ['an anchor', ['apply', '-f', '-'], 'a: &x 1\n', 'standard input:1:7: the anchor &x is not taken'],
    [
      'a field that there is not, and a wrong one',
      ['apply', '-f', '-'],
      'apiVersion: taskport/v1\nkind: Task\nid: tasks/x\nspec:\n  process: { arguments: [a] }\n  restart: { mode: sometimes }\n',
      'unknown field\nstandard input:6:14: spec.restart.mode: must be',
    ],
    [
      'metadata that is no text',
      ['apply', '-f', '-'],
      'apiVersion: taskport/v1\nkind: Task\nid: tasks/x\nmetadata:\n  ro:\n    version: 1.20\n',
      'standard input:6:5: metadata.ro.version: the value is neither text nor bytes',
    ],
    [
      'the same twice',
      ['apply', '-f', '-'],
      [1, 2].map(() => document('Log', { id: 'logs/x' })).join('\n---\n'),
      'standard input:3:1: log://logs/x is declared at standard input:1:1 already',
    ],
    [
      'parents in a circle',
      ['apply', '-f', '-'],
      ['a', 'b']
        .map((x) => document('Task', { id: `tasks/${x}`, parentId: `tasks/${x === 'a' ? 'b' : 'a'}` }))
        .join('\n---\n'),
      'is, by its parents, a parent of itself',
    ],
    [
      'an image that is mounted nowhere',
      ['apply', '-f', '-'],
      document('Composition', { executorId: 'executors/x', members: [{ id: 'image://images/x' }] }),
      'members[0].mount: is missing: name the path at which the container has the image',
    ],
    [
      'thirty-one members',
      ['apply', '-f', '-'],
      composition(
        'executors/x',
        Array.from({ length: 31 }, (_, at) => ({ id: `log://logs/l${at}` })),
      ),
      'members: must have at most 30 items',
    ],
  ])('is refused for %s, without a call to the service', async (_, args, input, said) => {
    proxy.writes();
    const refused = await run(args, { input });
    expect(refused).toMatchObject({ code: 2, out: '' });
    expect(refused.err).toContain(said);
    expect(proxy.writes()).toEqual([]);
  });
});

describe('a tag', () => {
  const tag = (said: object) => document('Tag', { id: 'images/app:1.2', ...said });
  const named = async () => (await aside(['image', 'show', 'images/app:1.2', '--json'])).json[0]?.id;
  const layer = Buffer.alloc(1024).toString('base64');

  it('is set, moved and, on request, removed; other tags stay', async () => {
    const images = ['one', 'two'].map((name) =>
      document('Image', { id: `images/${name}`, data: { base64: layer } }),
    );
    const first = await apply([tag({ image: 'images/one' }), ...images]);
    expect(first).toMatchObject({
      code: 0,
      out: expect.stringMatching(/image:\/\/images\/app:1.2 created\n$/),
    });
    expect((await apply([tag({ image: 'images/one' })])).out).toBe('image://images/app:1.2 unchanged\n');
    const foreseen = await apply([tag({ image: 'images/two' })], '--dry-run');
    expect(foreseen.out).toContain('~ image: "image://images/one" → "image://images/two"');
    expect(await named()).toBe('image://images/one');
    expect((await apply([tag({ image: 'images/two' })])).out).toBe('image://images/app:1.2 configured\n');
    expect(await named()).toBe('image://images/two');
    expect((await apply(images)).code).toBe(0);
    expect(await named()).toBe('image://images/two');
    const removal = tag({ image: null });
    expect((await apply([removal], '--dry-run')).out).toContain('- image: "image://images/two"');
    expect((await apply([removal])).out).toBe('image://images/app:1.2 configured\n');
    expect((await apply([removal])).out).toBe('image://images/app:1.2 unchanged\n');
    expect(await named()).toBeUndefined();
  });

  it('pushes an OCI layout once', async () => {
    const layout = join(directory, 'layout');
    writeIndex(layout, [writeManifest(layout, [Buffer.alloc(1024)])]);
    const declared = [tag({ data: layout })];
    expect(await apply(declared)).toMatchObject({ code: 0, out: 'image://images/app:1.2 created\n' });
    expect(await named()).toMatch(/^image:\/\/images\/app@sha256:[0-9a-f]{64}$/);
    proxy.writes();
    expect((await apply(declared)).out).toBe('image://images/app:1.2 unchanged\n');
    expect(proxy.writes()).toEqual([]);
    writeIndex(layout, [writeManifest(layout, [Buffer.alloc(2048)])]);
    expect((await apply(declared)).out).toBe('image://images/app:1.2 configured\n');
  });

  it.each([
    ['nothing', {}, 'one of the two'],
    ['both', { image: 'images/one', data: '.' }, 'one of the two'],
    ['what is no image', { image: 'volume://volumes/x' }, 'is not the ID of an image'],
    ['a directory without an image', { data: directory }, 'is no OCI image'],
    ['what no tag is called', { id: 'images/app@x', image: 'images/one' }, 'is no tag'],
  ])('is refused if it names %s', async (_, said, says) => {
    const refused = await apply([tag(said)]);
    expect(refused).toMatchObject({ code: 2, out: '' });
    expect(refused.err).toContain(says);
  });
});

it('prints the schema of documents for editors', async () => {
  const published = readFileSync(join(import.meta.dirname, '../../docs/apply.schema.json'), 'utf8');
  expect((await run(['apply', '--schema'])).out).toBe(published);
});
