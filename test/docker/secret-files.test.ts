/** Secrets in files on a real engine: in memory, for one task, and in no answer of the engine. */
import { spawnSync } from 'node:child_process';
import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import Dockerode from 'dockerode';
import { afterEach, beforeAll, describe, expect, inject, it } from 'vitest';
import { labelNames, labelsOf } from '../../cli/docker/labels.ts';
import { dropLeftSecrets, dropSecretFiles, placeSecretFiles } from '../../cli/docker/secret-files.ts';
import type { FoundSecret } from '../../lib/execution/secret-provider.ts';
import { titled } from '../bundle.ts';
import { archiveOf, busyboxTree } from '../busybox.ts';
import { withoutDocker } from './dockerd.ts';

const without = withoutDocker();
const PLANTED = 'planted-value';
const attempt = { executorId: 'executor://boxes/one', taskId: 'task://jobs/main', attempt: 1 };
const scope = { service: new URL('http://127.0.0.1:1/'), location: 'boxes' };

describe.skipIf(without)(titled('secrets in files', without), () => {
  let docker: Dockerode;
  let engine: Parameters<typeof placeSecretFiles>[0];
  beforeAll(async () => {
    docker = new Dockerode({ socketPath: inject('dockerHost').replace('unix://', '') });
    const image = 'secret-files-busybox';
    const packed = new PassThrough().end(await archiveOf(busyboxTree()));
    await text(await docker.importImage(packed, { repo: image, changes: 'CMD ["/bin/sleep", "1000"]' }));
    engine = { docker, scope, image };
  });
  const files = (...values: string[]): FoundSecret[] =>
    values.map((value, at) => ({ name: `key.${at}`, target: 'file', value }));
  const run = async (mount: object, ...Cmd: string[]): Promise<string> => {
    const container = await docker.createContainer({
      ...{ Image: engine.image, Cmd, User: '1000', Tty: true },
      HostConfig: { ReadonlyRootfs: true, Mounts: [mount as never] },
    });
    const out = await container.attach({ stream: true, stdout: true, stderr: true });
    await container.start();
    await container.wait();
    expect(JSON.stringify(await container.inspect())).not.toContain(PLANTED);
    await container.remove();
    return text(out).then((said) => said.replaceAll('\r', ''));
  };
  const left = async () => {
    const filters = { label: [`${labelNames.executor}=${attempt.executorId}`] };
    const [containers, { Volumes }] = await Promise.all([
      docker.listContainers({ all: true, filters }),
      docker.listVolumes({ filters }),
    ]);
    return containers.length + Volumes.length;
  };
  afterEach(async () => {
    await dropSecretFiles(engine, attempt);
    expect(await left()).toBe(0);
  });

  it('are readable for any user of the task, and writable for none', async () => {
    const values = [PLANTED, '', 'ä\0\n', 'x'.repeat(65_536)];
    const placed = await placeSecretFiles(engine, attempt, [
      ...files(...values),
      { name: 'VARIABLE', target: 'env', value: PLANTED },
    ]);
    const said = await run(
      placed?.mount as object,
      '/bin/sh',
      '-c',
      'cd /run/secrets; ls -1; wc -c < key.3; cat key.0; od -c key.2; echo x > key.0',
    );
    expect(said).toMatch(/^key\.0\nkey\.1\nkey\.2\nkey\.3\n65536\nplanted-value/);
    expect(said).toContain('0000000 303 244  \\0  \\n');
    expect(said).toContain('Read-only file system');
    await placed?.settle();
  });

  it('are on no disk and in no answer of inspect, and disappear with the task', async () => {
    const placed = await placeSecretFiles(engine, attempt, files(PLANTED));
    const task = await docker.createContainer({
      ...{ Image: engine.image, Cmd: ['/bin/sleep', '1000'] },
      HostConfig: { Mounts: [placed?.mount as never] },
    });
    await task.start();
    await placed?.settle();
    const { Driver, DockerRootDir } = await docker.info();
    expect(Driver).toBe('overlay2');
    const lines = (...command: readonly [string, ...string[]]): string[] =>
      (spawnSync(command[0], command.slice(1), { encoding: 'utf8' }).stdout ?? '')
        .split('\n')
        .filter(Boolean);
    const inMemory = lines('findmnt', '-rn', '-o', 'TARGET', '-t', 'tmpfs').filter((at) =>
      at.startsWith(DockerRootDir),
    );
    const onDisk = lines('grep', '-rlF', PLANTED, DockerRootDir).filter(
      (path) => !inMemory.some((at) => path.startsWith(`${at}/`)),
    );
    expect(inMemory.length).toBeGreaterThan(0);
    expect(onDisk).toEqual([]);
    expect(JSON.stringify([await task.inspect(), await docker.listVolumes()])).not.toContain(PLANTED);
    await task.remove({ force: true });
    const again = await run(placed?.mount as object, '/bin/ls', '/run/secrets');
    expect(again).toBe('');
  });

  it('are placed again after a crash, and dropped by a runner that does not know them', async () => {
    await placeSecretFiles(engine, attempt, files('former'));
    const placed = await placeSecretFiles(engine, attempt, files(PLANTED));
    expect(await run(placed?.mount as object, '/bin/cat', '/run/secrets/key.0')).toBe(PLANTED);
    await dropSecretFiles(engine, attempt);
    await dropSecretFiles(engine, attempt);
  });

  it('that a crashed process was placing are dropped, and those of tasks stay', async () => {
    const placed = await placeSecretFiles(engine, attempt, files(PLANTED));
    const task = await docker.createContainer({
      ...{ Image: engine.image, Cmd: ['/bin/sleep', '1000'] },
      HostConfig: { Mounts: [placed?.mount as never] },
    });
    await task.start();
    const other = { ...attempt, attempt: 2 };
    await placeSecretFiles(engine, other, files(PLANTED));
    // Podman lists all containers unless asked in its own way.
    const strange = ['a', 'b'].map((name) => `strange-${name}-${Date.now()}`);
    const labels = labelsOf(scope, { kind: 'volume', storageId: 'volume://data/strange' });
    for (const [at, Name] of strange.entries())
      await docker.createVolume({ Name, ...(at === 0 ? {} : { Labels: labels }) });
    await dropLeftSecrets(engine);
    expect(await left()).toBe(1);
    for (const name of strange) await docker.getVolume(name).remove();
    await task.stop({ t: 0 });
    await task.remove();
    await dropLeftSecrets(engine);
    expect(await left()).toBe(0);
  });

  it('do not exist for a task with variables only', async () => {
    const found = await placeSecretFiles(engine, attempt, [{ name: 'A', target: 'env', value: PLANTED }]);
    expect(found).toBeUndefined();
  });
});
