/** Data of a simulated service, storage of an engine that fetches it, and containers that see it. */
import { createHash, randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import Dockerode from 'dockerode';
import { filtersOf, labelNames, type Scope } from '../../cli/docker/labels.ts';
import type { EngineFacts } from '../../cli/docker/reach-engine.ts';
import type { Mount } from '../../cli/docker/storage/mount.ts';
import { DockerStorage } from '../../cli/docker/storage.ts';
import type { ComposedLayer, ComposedStorage } from '../../lib/composition/plan/composed-container.ts';
import type { Attempt } from '../../lib/execution/attempt.ts';
import type { WrittenVolume } from '../../lib/execution/engine.ts';
import { archiveOf, busyboxTree } from '../busybox.ts';

export const EXECUTOR = 'executor://boxes/box-1';
const TASK = 'task://jobs/main';

export const attemptOf = (attempt: number, taskId = TASK): Attempt => ({
  executorId: EXECUTOR,
  taskId,
  attempt,
});

/** Storage with these layers. */
export const at = (path: string, id: string, ...layers: ComposedLayer[]): ComposedStorage => ({
  id,
  kind: id.startsWith('image:') ? 'image' : 'volume',
  instance: '2026-01-01T00:00:00.000Z',
  mount: { path, readOnly: false, persistent: true },
  layers,
});
export const readOnly = (one: ComposedStorage): ComposedStorage => ({
  ...one,
  mount: { ...one.mount, readOnly: true },
});

/** The result of a save. */
export interface Saved {
  readonly outcome: 'unchanged' | 'sent' | 'absent';
  readonly said: readonly string[];
  readonly sent: Buffer;
}

/** The exit code of a container, and its output. */
export interface Ran {
  readonly code: number;
  readonly lines: readonly string[];
}

export class Shelf {
  readonly docker: Dockerode;
  readonly scope: Scope = { service: new URL(`http://${randomUUID()}.test/`), location: 'boxes' };
  readonly storage: DockerStorage;
  readonly #facts: EngineFacts;
  readonly #directory = mkdtempSync(join(tmpdir(), 'taskport-shelf-'));
  readonly #data = new Map<string, Buffer>();
  #storages = 0;
  /** Called before data is passed on. */
  onFetch: (id: string, abort: AbortSignal) => void | Promise<void> = () => {};
  fetched: string[] = [];
  image = '';

  /** With `there`, the storage does not know that the engine is on this machine. */
  constructor(host: string, name: EngineFacts['name'] = 'Docker', where: 'here' | 'there' = 'here') {
    const known = where === 'here' ? host : 'tcp://127.0.0.1:1';
    this.#facts = { name, version: '20.10', api: '1.41', architecture: 'amd64', host: known };
    this.docker = new Dockerode({ socketPath: host.replace(/^unix:\/\//, '') });
    this.storage = this.another();
  }

  /** Another storage without any state, like that of a restarted runner. */
  another(docker = this.docker): DockerStorage {
    this.#storages += 1;
    return new DockerStorage({
      engine: { docker, facts: this.#facts },
      scope: this.scope,
      authority: this.scope.service.host,
      directory: join(this.#directory, String(this.#storages)),
      fetchLayer: async (id, take, abort) => {
        this.fetched.push(id);
        await this.onFetch(id, abort);
        const bytes = this.#data.get(id) ?? Buffer.alloc(0);
        const middle = bytes.length >> 1;
        for (const part of [bytes.subarray(0, middle), bytes.subarray(middle)]) await take(part);
        return { checksum: `sha256:${createHash('sha256').update(bytes).digest('hex')}` };
      },
    });
  }

  /** An image of busybox on the engine, for containers. */
  async open(): Promise<void> {
    this.image = `localhost/busybox-${randomUUID()}:1`;
    const layer = await archiveOf(busyboxTree());
    const rootfs = {
      type: 'layers',
      diff_ids: [`sha256:${createHash('sha256').update(layer).digest('hex')}`],
    };
    const saved = await archiveOf({
      'config.json': JSON.stringify({ architecture: 'amd64', os: 'linux', rootfs, author: this.image }),
      'layer.tar': layer,
      'manifest.json': JSON.stringify([
        { Config: 'config.json', RepoTags: [this.image], Layers: ['layer.tar'] },
      ]),
    });
    await buffer(await this.docker.loadImage(Readable.from([saved]) as never));
  }

  /** Stores data in the service. */
  offer(id: string, bytes: Buffer): ComposedLayer {
    this.#data.set(id, bytes);
    const checksum = `sha256:${createHash('sha256').update(bytes).digest('hex')}` as const;
    return { id, checksum, size: bytes.length };
  }

  prepare(
    storage: readonly ComposedStorage[],
    attempt = attemptOf(1),
    abort = new AbortController().signal,
  ): Promise<readonly Mount[]> {
    return this.storage.prepare(attempt, { storage }, { abort });
  }

  /** Saves writes, and answers the outcome, the archive, and the messages. */
  async save(volume: WrittenVolume, storage = this.storage): Promise<Saved> {
    const said: string[] = [];
    let sent: Buffer | undefined;
    const outcome = await storage.writes.save(
      volume,
      async ({ size, read }) => {
        sent = await buffer(read(0, size));
      },
      { abort: new AbortController().signal, onNote: (note) => said.push(note) },
    );
    return { outcome, said, sent: sent ?? Buffer.alloc(0) };
  }

  /** Runs a script in a container with mounts. */
  async run(
    script: string,
    mounts: readonly Mount[],
    options: Dockerode.ContainerCreateOptions = {},
  ): Promise<Ran> {
    const container = await this.docker.createContainer({
      Image: this.image,
      Cmd: ['/bin/sh', '-c', script],
      Tty: true,
      NetworkDisabled: true,
      ...options,
      HostConfig: { Mounts: [...mounts] as never, NetworkMode: 'none', ...options.HostConfig },
    });
    try {
      await container.start();
      const { StatusCode } = await container.wait();
      const text = ((await container.logs({ stdout: true, stderr: true })) as unknown as Buffer).toString();
      return {
        code: StatusCode,
        lines: text
          .trimEnd()
          .split('\r\n')
          .filter((line) => line !== ''),
      };
    } finally {
      await container.remove({ force: true, v: true });
    }
  }

  /** Prepares storage, and runs a script that sees it. */
  async see(
    storage: readonly ComposedStorage[],
    script: string,
    attempt = attemptOf(1),
  ): Promise<readonly string[]> {
    return (await this.run(script, await this.prepare(storage, attempt))).lines;
  }

  /** The path of a mount's volume on this machine. */
  async placeOf(mount: Mount | undefined): Promise<string> {
    return (await this.docker.getVolume(mount?.Source ?? '').inspect()).Mountpoint;
  }

  /** The names of all volumes and containers in this scope. */
  async left(): Promise<{ readonly volumes: readonly string[]; readonly containers: readonly string[] }> {
    const filters = JSON.stringify(filtersOf(this.scope));
    const { Volumes } = await this.docker.listVolumes({ filters });
    const containers = await this.docker.listContainers({ all: true, filters });
    // Podman lists things with any one of several labels.
    const own = (Volumes ?? []).filter(
      ({ Labels }) => Labels[labelNames.service] === this.scope.service.href.replace(/\/$/, ''),
    );
    return { volumes: own.map(({ Name }) => Name), containers: containers.map(({ Id }) => Id) };
  }

  /** Removes everything in its scope from the engine. */
  async clear(): Promise<void> {
    const { volumes, containers } = await this.left();
    for (const id of containers) await this.docker.getContainer(id).remove({ force: true });
    for (const name of volumes) await this.docker.getVolume(name).remove();
  }

  async close(): Promise<void> {
    await this.clear();
    rmSync(this.#directory, { recursive: true, force: true });
  }
}
