/** The engine that a runner chooses, and messages about unusable ones. */
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it, onTestFinished } from 'vitest';
import { reachEngine } from '../../cli/docker/reach-engine.ts';
import { titled } from '../bundle.ts';
import { startCommandLine } from '../cli/command-line.ts';
import { withoutDocker } from './dockerd.ts';

const directory = mkdtempSync(join(tmpdir(), 'taskport-reach-'));
const nowhere = `unix://${directory}/nobody.sock`;
afterAll(() => rmSync(directory, { recursive: true }));

/** A server with one answer for every request. */
const answering = async (answer: object): Promise<string> => {
  const path = join(directory, `socket-${Math.random()}`);
  const server = createServer((_, to) => to.end(JSON.stringify(answer))).listen(path);
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  return `unix://${path}`;
};
const engine = { Version: '20.10.24', ApiVersion: '1.41', MinAPIVersion: '1.12', Arch: 'amd64', Os: 'linux' };

describe('an engine', () => {
  it.each([
    ['unix:///nowhere', /unix:\/\/\/nowhere.*there is no such socket/],
    ['tcp://127.0.0.1:9', /nobody listens there/],
    ['ssh://somewhere', /only by unix:\/\/ and tcp:\/\//],
    ['tcp://[', /tcp:\/\/\[ is no address of an engine/],
    ['boxes', /boxes is no address of an engine/],
  ])('at %s is reported as unreachable', (host, words) =>
    expect(reachEngine(host, {})).rejects.toThrow(words),
  );

  it.each([
    [{ ...engine, ApiVersion: '1.40' }, /is too old: it speaks version 1.40 of the API, and 1.41 is needed/],
    [{ ...engine, Arch: 'riscv64' }, /on riscv64/],
    [{ ...engine, Os: 'windows' }, /of windows/],
    [{ hello: 'world' }, /no engine of Docker's API/],
  ])('that cannot run tasks is refused with the reason: %o', async (answer, words) => {
    await expect(reachEngine(await answering(answer), {})).rejects.toThrow(words);
  });

  it('that only supports later API versions is used with its own minimum', async () => {
    const later = { ...engine, ApiVersion: '1.99', MinAPIVersion: '1.60' };
    const reached = async (answer: object) => reachEngine(await answering(answer), {});
    expect(await reached(later)).toMatchObject({ facts: { api: '1.60' } });
    expect(await reached({ ...later, MinAPIVersion: '1.44' })).toMatchObject({ facts: { api: '1.47' } });
  });
});

describe('a runner', () => {
  let commandLine: Awaited<ReturnType<typeof startCommandLine>>;
  beforeAll(async () => {
    commandLine = await startCommandLine();
  });
  afterAll(() => commandLine.stop());
  const runner = (env: Record<string, string>, ...more: readonly string[]) =>
    commandLine.run(
      ['runner', '--executor-location', 'boxes', '--state', join(directory, 'state'), ...more],
      { env },
    );

  const found = ['/var/run/docker.sock', '/run/podman/podman.sock'].find((path) => existsSync(path));
  const cannot = found && `${found} is there`;
  it.skipIf(cannot)(
    titled('tells where it looked, with a remedy, if there is no engine', cannot),
    async () => {
      const { code, err } = await runner({ HOME: directory, XDG_RUNTIME_DIR: directory });
      expect({ code, err }).toMatchObject({
        code: 3,
        err: expect.stringContaining('or give its address by --engine or DOCKER_HOST'),
      });
      for (const path of ['/var/run/docker.sock', `${directory}/podman/podman.sock`])
        expect(err).toContain(path);
    },
  );

  it('names the engine that does not answer', async () => {
    const said = { code: 3, err: expect.stringContaining(`no answer from the engine at ${nowhere}`) };
    expect(await runner({ DOCKER_HOST: nowhere })).toMatchObject(said);
    expect(await runner({ DOCKER_HOST: 'tcp://127.0.0.1:1' }, '--engine', nowhere)).toMatchObject(said);
  });

  it('refuses an engine that cannot run tasks', async () => {
    const host = await answering({ ...engine, ApiVersion: '1.40' });
    expect(await runner({ DOCKER_HOST: host })).toMatchObject({
      code: 2,
      err: expect.stringContaining('is too old'),
    });
  });

  const without = withoutDocker();
  it.skipIf(without)(
    titled('uses the engine of the docker context, unless another is named', without),
    async () => {
      const HOME = join(directory, 'home');
      const docker = (...words: string[]) =>
        spawnSync('docker', ['--config', join(HOME, '.docker'), 'context', ...words]);
      const host = await answering({ ...engine, Arch: 'riscv64' });
      docker('create', 'colima', '--docker', `host=${host}`);
      docker('create', 'far', '--docker', 'host=ssh://user@far');
      const told = async (env: Record<string, string>, ...more: string[]) =>
        (await runner({ HOME, XDG_RUNTIME_DIR: HOME, ...env }, ...more)).err;
      expect(await told({ DOCKER_CONTEXT: 'colima' })).toContain(host);
      docker('use', 'colima');
      expect(await told({})).toContain(`at ${host} runs containers of linux on riscv64`);
      expect(await told({ DOCKER_HOST: nowhere })).toContain(nowhere);
      expect(await told({}, '--engine', nowhere)).toContain(nowhere);
      expect(await told({ DOCKER_CONTEXT: 'default' })).not.toContain(host);
      if (!cannot)
        expect(await told({ DOCKER_CONTEXT: 'far' })).toContain(
          'a runner does not reach the docker context far at ssh://user@far',
        );
    },
  );

  it.skipIf(without)(titled('uses the named engine, and says so', without), async () => {
    const host = inject('dockerHost');
    // The location does not exist, so the command ends.
    const { out } = await runner({ DOCKER_HOST: nowhere }, '--engine', host);
    expect(out).toMatch(new RegExp(`^runs tasks on Docker \\d+\\.\\S+ at ${host}\\n`));
  });
});
