/** Which engine a runner takes, and what it says where there is none. */
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it, onTestFinished } from 'vitest';
import { titled } from '../bundle.ts';
import { withoutDocker } from '../docker/dockerd.ts';
import { startCommandLine } from './command-line.ts';

let directory: string;
let stop: () => Promise<void>;
let run: Awaited<ReturnType<typeof startCommandLine>>['run'];
beforeAll(async () => {
  ({ run, stop } = await startCommandLine());
  directory = mkdtempSync(join(tmpdir(), 'taskport-engine-'));
});
afterAll(async () => {
  await stop();
  rmSync(directory, { recursive: true, force: true });
});

const runner = (env: Record<string, string>, ...more: readonly string[]) =>
  run(['runner', '--executor-location', 'boxes', '--state', join(directory, 'state'), ...more], { env });

/** What answers as an engine of such a version would. */
const engineOf = async (version: object): Promise<string> => {
  const socket = join(directory, `${Math.random()}.sock`);
  const server = createServer((_, response) => response.end(JSON.stringify(version)));
  server.listen(socket);
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  return `unix://${socket}`;
};

describe('a runner', () => {
  const found = ['/var/run/docker.sock', '/run/podman/podman.sock'].find((path) => existsSync(path));
  const cannot = found && `${found} is there`;
  it.skipIf(cannot)(titled('says where it looked, and what helps, where no engine is', cannot), async () => {
    const { code, err } = await runner({ HOME: directory, XDG_RUNTIME_DIR: directory });
    expect({ code, err }).toMatchObject({
      code: 3,
      err: expect.stringContaining('or say by --engine or in DOCKER_HOST'),
    });
    for (const path of ['/var/run/docker.sock', `${directory}/podman/podman.sock`])
      expect(err).toContain(path);
  });

  it('names the engine that does not answer', async () => {
    const nowhere = `unix://${directory}/nobody.sock`;
    const said = { code: 3, err: expect.stringContaining(`no answer from the engine at ${nowhere}`) };
    expect(await runner({ DOCKER_HOST: nowhere })).toMatchObject(said);
    expect(await runner({ DOCKER_HOST: 'tcp://127.0.0.1:1' }, '--engine', nowhere)).toMatchObject(said);
  });

  it.each([
    [{ Version: '19.03.15', ApiVersion: '1.40', Os: 'linux' }, 'Docker 19.03.15 at unix://', 'is too old'],
    [{ Version: '27.0.0', ApiVersion: '1.46', Os: 'windows' }, 'Docker 27.0.0', 'containers of windows'],
  ])('takes no engine that cannot run tasks: %j', async (version, ...words) => {
    const { code, err } = await runner({ DOCKER_HOST: await engineOf(version) });
    expect(code).toBe(2);
    for (const word of words) expect(err).toContain(word);
  });

  it('takes an address alone for an engine’s', async () => {
    expect(await runner({}, '--engine', 'boxes')).toMatchObject({
      code: 2,
      err: expect.stringContaining('boxes is no address of an engine'),
    });
  });

  const without = withoutDocker();
  it.skipIf(without)(titled('uses the one that is named, and says so', without), async () => {
    const host = inject('dockerHost');
    // The location is not there, so that it ends.
    const { out } = await runner({ DOCKER_HOST: `unix://${directory}/nobody.sock` }, '--engine', host);
    expect(out).toMatch(new RegExp(`^runs tasks on Docker \\d+\\.\\S+ at ${host}\\n`));
  });
});
