import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Run, startCommandLine } from './command-line.ts';

let run: Run;
let stop: () => Promise<void>;
const directory = mkdtempSync(join(tmpdir(), 'taskport-cli-'));
beforeAll(async () => {
  ({ run, stop } = await startCommandLine());
  for (const kind of ['image', 'task', 'volume', 'executor', 'log']) {
    const { code, err } = await run(['location', 'create', `${kind}s`, '--kind', kind, '--indexed', 'ro.os']);
    expect({ code, err }).toEqual({ code: 0, err: '' });
  }
});
afterAll(async () => {
  await stop();
  rmSync(directory, { recursive: true });
});

describe('elements on the command line', () => {
  it('are created with metadata, shown and listed, by IDs without their kind', async () => {
    writeFileSync(join(directory, 'icon'), Uint8Array.of(0xff, 0xfe));
    const created = await run([
      ...['image', 'create', 'images/base', '--json'],
      ...['--ro', 'os=linux', '--ro', `icon=@${join(directory, 'icon')}`, '--rw', 'note=a=b'],
    ]);
    expect(created.json).toMatchObject([
      {
        id: 'image://images/base',
        state: 'ready',
        metadata: { ro: { os: 'linux', icon: { base64: '//4=' } }, rw: { note: 'a=b' } },
      },
    ]);
    const shown = await run(['image', 'show', 'image://images/base', '--fields', 'ro.os', '--json']);
    const etag = expect.stringMatching(/^".+\.1"$/);
    expect(shown.json).toEqual([{ id: 'image://images/base', metadata: { ro: { os: 'linux' } }, etag }]);
    const listed = await run(['image', 'list', 'images', '--filter', 'ro.os=linux']);
    const [head = '', row = '', ...more] = listed.out.trim().split('\n');
    expect(head).toMatch(/^NAME +STATE +REVISION/);
    expect(row).toMatch(/^base +ready +1 /);
    expect(more).toEqual([]);
  });

  it('are listed through all pages, or up to a limit', async () => {
    for (let at = 0; at < 5; at += 1) await run(['log', 'create', `logs/app-${at}`]);
    const names = async (...args: string[]) =>
      (await run(['log', 'list', 'logs', '--json', ...args])).json.map(({ name }) => name);
    expect(await names()).toEqual(['app-0', 'app-1', 'app-2', 'app-3', 'app-4']);
    expect(await names('--limit', '3')).toEqual(['app-0', 'app-1', 'app-2']);
    expect((await run(['log', 'list', 'logs', '--limit', '3'])).err).toBe('the first 3; there are more\n');
    expect((await run(['log', 'list', 'logs', '--limit', '5'])).err).toBe('');
  });

  it('print a message for an empty list, to people', async () => {
    await run(['image', 'create', 'images/lonely']);
    for (const args of [
      ['image', 'list', 'images', '--filter', 'ro.os=plan9'],
      ['image', 'children', 'images/lonely'],
      ['lineage', 'image://images/lonely'],
      ['events', '--id', 'image://images/nobody'],
    ]) {
      expect(await run(args)).toMatchObject({ code: 0, out: '', err: 'none\n' });
      expect(await run([...args, '--json'])).toMatchObject({ code: 0, out: '', err: '' });
    }
  });

  it('are changed: metadata set and unset, a specification merged, with a condition on the entity tag', async () => {
    const spec = JSON.stringify({ process: { args: ['/bin/true'] } });
    const made = await run(['task', 'create', 'tasks/one', '--spec', '-', '--rw', 'a=1', '--json'], {
      input: spec,
    });
    expect(made.json).toMatchObject([{ spec: { process: { args: ['/bin/true'] } } }]);
    const changed = await run(['task', 'update', 'tasks/one', '--rw', 'b=2', '--unset', 'a', '--json']);
    expect(changed.json).toMatchObject([{ revision: 2, metadata: { rw: { b: '2' } } }]);
    expect(changed.json[0].metadata.rw).toEqual({ b: '2' });
    const update = (tag: string) => run(['task', 'update', 'tasks/one', '--rw', 'b=3', '--if-match', tag]);
    for (const tag of [made.json[0].etag, '2']) {
      const refused = await update(tag);
      expect(refused).toMatchObject({ code: 1, out: '' });
      expect(refused.err).toContain('revision-mismatch');
    }
    expect((await run(['task', 'show', 'tasks/one'])).out).toContain(`etag: ${changed.json[0].etag}\n`);
    expect((await update(changed.json[0].etag)).code).toBe(0);
    const { json } = await run(['task', 'show', 'tasks/one', '--json']);
    // Without the quotes, which a shell removes.
    expect((await update(json[0].etag.replaceAll('"', ''))).code).toBe(0);
  });

  it('show before a delete what it would do, and what prevents it', async () => {
    await run(['volume', 'create', 'volumes/parent']);
    await run(['volume', 'create', 'volumes/child', '--parent', 'volumes/parent']);
    const ofParent = ['volume', 'list', 'volumes', '--filter', 'parent=volumes/parent', '-o', 'id'];
    expect((await run(ofParent)).out).toBe('volume://volumes/child\n');
    const foreseen = await run(['volume', 'delete', 'volumes/parent', '--dry-run', '--json']);
    expect(foreseen).toMatchObject({ code: 1, err: '' });
    expect(foreseen.json).toEqual([
      {
        id: 'volume://volumes/parent',
        wouldDelete: false,
        code: 'in-use',
        detail: 'volume://volumes/parent is referred to by others: first delete its children',
        references: [{ id: 'volume://volumes/child', kind: 'child' }],
        hidden: 0,
      },
    ]);
    const refused = await run(['volume', 'delete', 'volumes/parent']);
    expect(refused.code).toBe(1);
    expect(refused.err).toContain('in-use');
    expect(refused.err).toContain('volume://volumes/child (child)');
    expect((await run(['volume', 'children', 'volumes/parent', '--json'])).json).toMatchObject([
      { id: 'volume://volumes/child' },
    ]);
    expect((await run(['volume', 'delete', 'volumes/child', '--dry-run'])).out).toContain('would be deleted');
    expect((await run(['volume', 'delete', 'volumes/child', 'volumes/parent'])).code).toBe(0);
    expect((await run(['volume', 'show', 'volumes/parent'])).err).toContain('not-found');
  });

  it('show before a delete other obstacles: members of an executor, the policy of a location', async () => {
    await run(['executor', 'create', 'executors/full']);
    await run(['volume', 'create', 'volumes/within']);
    await run(['compose', 'join', 'executors/full', 'volume://volumes/within', '--mount', '/data']);
    expect(await run(['executor', 'delete', 'executors/full', '--dry-run'])).toMatchObject({
      code: 1,
      out: expect.stringMatching(
        /^executor:\/\/executors\/full would be refused: in-use: .*first let its members leave\n {2}volume:\/\/volumes\/within \(member\)\n$/,
      ),
    });
    expect((await run(['executor', 'delete', 'executors/full'])).code).toBe(1);
    await run(['location', 'create', 'frozen', '--kind', 'image']);
    await run(['image', 'create', 'frozen/one']);
    await run(['location', 'update', 'frozen', '--policy', 'read-only']);
    expect(await run(['image', 'delete', 'frozen/one', '--dry-run'])).toMatchObject({
      code: 1,
      out: expect.stringMatching(
        /^image:\/\/frozen\/one would be refused: invalid-location: .*frozen is read-only: .+\n$/,
      ),
    });
    expect((await run(['image', 'delete', 'frozen/one'])).code).toBe(1);
  });

  it('are shown with units, to people', async () => {
    await run(['volume', 'create', 'volumes/roomy', '--free-space', '64', '--rw', 'size=7']);
    const shown = (await run(['volume', 'show', 'volumes/roomy'])).out;
    expect(shown).toContain('\nfreeSpace: 64 KiB\n');
    expect(shown).toContain('size: 7\n');
    expect((await run(['volume', 'list', 'volumes', '--filter', 'name^=roomy'])).out).toMatch(
      /^NAME .* CAPACITY .*\nroomy .* \d+ KiB /,
    );
    expect((await run(['volume', 'show', 'volumes/roomy', '--json'])).json).toMatchObject([
      { freeSpace: 64 },
    ]);
    expect((await run(['volume', 'update', 'volumes/roomy', '--free-space', '64k'])).code).toBe(0);
    for (const amount of ['64x', '-5'])
      expect(await run(['volume', 'create', 'volumes/x', '--free-space', amount])).toMatchObject({
        code: 2,
        err: `taskport: --free-space is ${amount}, and has to be KiB, such as 65536, or a size such as 64m\n`,
      });
  });

  it('explain how to name a parent of another kind', async () => {
    const { code, err } = await run(['volume', 'create', 'volumes/seeded', '--parent', 'images/base']);
    expect(code).toBe(1);
    expect(err).toMatch(/; a parent that is an image is written image:\/\/images\/base\n/);
  });

  it('of storage have associated tasks', async () => {
    await run(['volume', 'create', 'volumes/tools']);
    await run(['task', 'create', 'tasks/tool', '--spec', '-'], {
      input: '{"process":{"args":["/bin/tool"]}}',
    });
    expect((await run(['volume', 'associate', 'volumes/tools', 'tasks/tool'])).code).toBe(0);
    const tasks = ['volume', 'tasks', 'volumes/tools', '--json'];
    expect((await run(tasks)).json).toEqual([{ id: 'task://tasks/tool' }]);
    expect((await run(['volume', 'dissociate', 'volumes/tools', 'tasks/tool'])).code).toBe(0);
    expect((await run(tasks)).json).toEqual([]);
  });

  it('have an audit trail and ancestors', async () => {
    await run(['image', 'create', 'images/below']);
    await run(['image', 'create', 'images/above', '--parent', 'images/below']);
    expect((await run(['lineage', 'image://images/above', '--json'])).json).toMatchObject([
      { id: 'image://images/below' },
    ]);
    await expect
      .poll(async () => (await run(['audit', 'image://images/above', '--json'])).json)
      .toMatchObject([{ action: 'Created', actor: 'local' }]);
    expect((await run(['audit', 'image://images/below'])).out).toMatch(/Inherited .*images\/above/);
    const events = await run(['events', '--id', 'image://images/above', '--json']);
    expect(events.json).toMatchObject([{ 'detail-type': 'Image Created' }]);
  });
});

describe('an error', () => {
  it('is printed as its problem, each place on a line', async () => {
    const { code, err } = await run(['task', 'create', 'tasks/bad', '--spec', '-'], {
      input: '{"process": {"args": 1, "cwd": 2}}',
    });
    expect(code).toBe(1);
    expect(err).toMatch(/^taskport: invalid-request\n {2}spec\.process\.args: .*\n {2}spec\.process\.cwd: /);
  });

  it('is the problem itself as JSON', async () => {
    const { code, out, err } = await run(['image', 'show', 'images/none', '--json']);
    expect({ code, out }).toEqual({ code: 1, out: '' });
    expect(JSON.parse(err)).toMatchObject({ code: 'not-found', status: 404 });
  });

  it.each([
    [['image', 'create', 'images/x', '--free-space', 'much']],
    [['image', 'create', 'task://tasks/x']],
    [['image', 'create', 'images/']],
    [['image', 'create', 'images/x', '--ro', 'nothing']],
    [['task', 'create', 'tasks/x', '--spec', '/nowhere/spec.json']],
    [['image', 'update', 'images/x']],
    [['image', 'create']],
    [['image', 'paint', 'images/x']],
    [['location', 'list', '--url', 'nowhere']],
  ])('is wrong usage if the service is not needed to detect it: %j', async (args) => {
    const { code, out, err } = await run(args);
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).not.toMatch(/\n\s+at /);
  });
});
