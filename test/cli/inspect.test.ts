import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import { Taskport } from '../../client/taskport.ts';
import manifest from '../../package.json' with { type: 'json' };
import { type Run, startCommandLine } from './command-line.ts';

let url: string;
let run: Run;
let stop: () => Promise<void>;
beforeAll(async () => {
  ({ url, run, stop } = await startCommandLine());
  await run(['location', 'create', 'images', '--kind', 'image']);
  await run(['location', 'create', 'tasks', '--kind', 'task']);
  await run(['location', 'create', 'machines', '--kind', 'executor']);
  await run(['image', 'create', 'images/root', '--ro', 'image=docker.io/library/alpine:3.20']);
  await run(['task', 'create', 'tasks/hello', '--spec', '{"process": {"args": ["/bin/echo"]}}']);
  await run(['executor', 'create', 'machines/web']);
  await run(['compose', 'join', 'web', 'images/root', '--mount', '/']);
  await run(['compose', 'join', 'web', 'tasks/hello']);
  await run(['compose', 'bind', 'web']);
  const at = new Date().toISOString();
  await new Taskport({ url }).elements.report('executor://machines/web', 'task://tasks/hello', {
    ...{ attempt: 1, state: 'exited', exitCode: 3, at },
  });
});
afterAll(() => stop());

describe('a name without its location', () => {
  const row = (name: string) => expect.stringMatching(new RegExp(`^${name} `, 'm'));

  it('is found in the default location of its kind', async () => {
    await run(['location', 'create', 'volumes', '--kind', 'volume']);
    await run(['location', 'create', 'others', '--kind', 'volume']);
    expect((await run(['volume', 'create', 'data', '-o', 'id'])).out).toBe('volume://volumes/data\n');
    await run(['volume', 'create', 'others/data']);
    expect((await run(['volume', 'show', 'data', '--json'])).json).toMatchObject([
      { id: 'volume://volumes/data' },
    ]);
    await run(['image', 'tag', 'root', 'app:1']);
    expect((await run(['image', 'inspect', 'app:1', '-o', 'id'])).out).toBe('image://images/root\n');
    expect((await run(['image', 'tags'])).out).toMatch(/app:1 +image:\/\/images\/root/);
    expect((await run(['executor', 'show', 'web', '-o', 'id'])).out).toBe('executor://machines/web\n');
    await run(['volume', 'rm', 'data']);
    expect(await run(['volume', 'show', 'data'])).toMatchObject({ code: 1 });
  });

  it('is found in all default locations if any kind is possible', async () => {
    expect((await run(['audit', 'web'])).out).toMatch(/ Bound /);
    expect((await run(['audit', 'root'])).out).toContain('Created');
    expect((await run(['events', '--id', 'web', '-o', 'id'])).out).toContain('executor://machines/web\n');
    expect((await run(['events', '--id', 'images', '-o', 'id'])).out).toContain('images\n');
    expect((await run(['reports', 'web'])).out).toMatch(/^1 +exited .* 3 .* failed$/m);
    expect((await run(['inspect', 'hello', '--json'])).json).toMatchObject([{ id: 'task://tasks/hello' }]);
    await run(['image', 'create', 'web']);
    const several =
      'several elements have the name web; give the full ID of one of them: image://images/web, executor://machines/web';
    expect(await run(['audit', 'web'])).toMatchObject({ code: 2, err: expect.stringContaining(several) });
    await run(['image', 'delete', 'web']);
    expect(await run(['audit', 'none'])).toMatchObject({
      code: 1,
      err: expect.stringContaining('machines/none'),
    });
  });

  it('for a list, no location means all locations of the kind', async () => {
    const listed = (await run(['volume', 'list'])).out;
    expect(listed).toEqual(row('others/data'));
    expect((await run(['image', 'ls'])).out).toMatch(/^images\/root .* root|app:1/m);
    expect((await run(['image', 'ls', '-o', 'id'])).out).toBe('image://images/root\n');
    await run(['volume', 'create', 'more']);
    expect((await run(['volume', 'ls', '-o', 'id', '--limit', '1'])).out.split('\n')).toHaveLength(2);
  });
});

describe('inspect', () => {
  it('shows everything about a location, an element, an executor with its composition, and a run, by any of their IDs', async () => {
    const inspected = await run(['inspect', 'images', 'images/root', 'machines/web', 'web', '--json']);
    expect(inspected.json).toMatchObject([
      { name: 'images', kind: 'image' },
      { id: 'image://images/root', metadata: { ro: { image: 'docker.io/library/alpine:3.20' } } },
      { id: 'executor://machines/web', composition: { members: [{}, { id: 'task://tasks/hello' }] } },
      { id: 'executor://machines/web' },
    ]);
    const [hello] = (await run(['inspect', 'tasks/hello', '--on', 'web', '--json'])).json;
    expect(hello).toMatchObject({
      executorId: 'executor://machines/web',
      id: 'task://tasks/hello',
      task: { state: 'exited', reason: 'failed' },
      reports: [{ attempt: 1, exitCode: 3 }],
    });
  });

  it('is readable for people and programs, and contains no handle', async () => {
    const { out } = await run(['inspect', 'web']);
    expect(JSON.parse(out)).toMatchObject({ id: 'executor://machines/web' });
    expect(out).not.toMatch(/[\w-]{60}/);
    expect(parse((await run(['inspect', 'web', '-o', 'yaml'])).out)).toEqual(JSON.parse(out));
  });

  it('continues after missing ones, and names them', async () => {
    const { code, out, err } = await run(['inspect', 'images/none', 'nothing', 'images/root', '-o', 'id']);
    expect({ code, out }).toEqual({ code: 1, out: 'image://images/root\n' });
    expect(err).toMatch(/images\/none.*nothing/s);
    expect(await run(['inspect', 'tasks/none', '--on', 'web'])).toMatchObject({ code: 1 });
    expect(await run(['inspect', 'a/b/c'])).toMatchObject({ code: 2 });
  });
});

describe('the output', () => {
  it('is a table, a wider one, YAML, JSON or IDs, on request', async () => {
    const list = (...form: string[]) => run(['image', 'list', 'images', ...form]);
    expect((await list('-o', 'id')).out).toBe('image://images/root\n');
    const [json] = (await list('-o', 'json')).json;
    expect((await list('--json')).json).toEqual([json]);
    const documents = parseAllDocuments((await list('-o', 'yaml')).out).map((each) => each.toJS());
    expect(documents).toEqual([json]);
    const { out } = await list('-o', 'wide');
    expect(out.startsWith((await list()).out.split('\n')[0]?.trim() ?? '')).toBe(true);
    expect(out).toMatch(/^NAME .* CREATED .* DIGEST\n/);
    expect(await list('-o', 'xml')).toMatchObject({
      code: 2,
      err: expect.stringContaining('--output is one of'),
    });
    const refused = await run(['image', 'show', 'images/none', '--output=json']);
    expect(JSON.parse(refused.err)).toMatchObject({ code: 'not-found' });
  });
});

describe('a command with several arguments', () => {
  it('continues after a refusal, and ends with 1', async () => {
    await run(['location', 'create', 'spare', '--kind', 'log']);
    await run(['image', 'tag', 'images/root', 'images/app:1']);
    for (const [args, done] of [
      [['image', 'untag', 'images/app:0', 'images/app:1'], 'images/app:1 is removed'],
      [['location', 'delete', 'nowhere', 'images', 'spare'], 'spare is closing'],
    ] as const) {
      const { code, out, err } = await run(args);
      expect(code).toBe(1);
      expect(out).toContain(done);
      expect(err).toMatch(/not-found|unknown-location/);
    }
  });
});

describe('whoami', () => {
  it('tells the name of the caller in grants', async () => {
    expect((await run(['whoami'])).out).toBe('local (administers the deployment)\n');
    expect((await run(['whoami', '--json'])).json).toEqual([
      { principal: 'local', administrator: true, administrators: expect.arrayContaining(['local']) },
    ]);
  });
});

describe('version', () => {
  it('prints the versions of the client, the service and the engine, or why there is no engine', async () => {
    const env = { DOCKER_HOST: 'unix:///nowhere.sock' };
    const { code, json } = await run(['version', '--json'], { env });
    expect(code).toBe(0);
    expect(json[0]).toEqual({
      client: { version: manifest.version, node: process.version },
      service: { url, api: 'v1', status: 'ok' },
      engine: { problem: expect.stringContaining('unix:///nowhere.sock') },
    });
    const away = await run(['version', '--url', 'http://127.0.0.1:1'], { env });
    expect(away).toMatchObject({ code: 3, out: expect.stringContaining(`client   ${manifest.version}`) });
    expect(away.out).toMatch(/service {2}no answer from http:\/\/127.0.0.1:1/);
  });
});
