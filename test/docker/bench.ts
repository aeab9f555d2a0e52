/** A service with an image of busybox, and engines of one location that run its tasks. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { DockerEngine, type DockerEngineOptions } from '../../cli/docker/docker-engine.ts';
import { filtersOf, type Scope } from '../../cli/docker/labels.ts';
import { positionIn } from '../../cli/docker/output.ts';
import { type ReachedEngine, reachEngine } from '../../cli/docker/reach-engine.ts';
import { registryOf } from '../../cli/docker/service-registry.ts';
import { DockerStorage } from '../../cli/docker/storage.ts';
import { Taskport } from '../../client/taskport.ts';
import type { Host } from '../../infra/local/host.ts';
import { type ComposedContainer, compose } from '../../lib/composition/plan/composed-container.ts';
import type { PlanInput, PlannedStorage } from '../../lib/composition/plan/plan-input.ts';
import type { TaskSpec } from '../../lib/element/task-spec.ts';
import type { Attempt } from '../../lib/execution/attempt.ts';
import type { StartOptions } from '../../lib/execution/engine.ts';
import type { Line, OpenSink } from '../../lib/execution/log-sink.ts';
import { noSecrets } from '../../lib/execution/secret-provider.ts';
import { archiveOf, busyboxTree, type Tree } from '../busybox.ts';
import { makeLocations } from '../functions/api/support.ts';
import { startHost } from '../host-bundle.ts';
import { imageOf, type SomeImage } from '../oci.ts';
import { callsOf, pushTo } from '../registry/layout.ts';

const SINCE = '2026-01-31T12:00:00.000Z';
export const LOG = 'log://logs/all';

export const sh = (script: string, more: TaskSpec = {}): TaskSpec => ({
  ...more,
  process: { args: ['/bin/sh', '-c', script], ...more.process },
});

/** An image at `/`, in the form of a plan. */
export const rootOf = (image: SomeImage): PlannedStorage => ({
  id: `image://library/base@${image.digest}`,
  kind: 'image',
  instance: SINCE,
  digest: image.digest as `sha256:${string}`,
  mount: { path: '/', readOnly: false, persistent: true },
  layers: [{ id: `image://library/layer@${image.digest}`, checksum: `sha256:${'0'.repeat(64)}`, ro: {} }],
});

let benches = 0;
let boxes = 0;

export class DockerBench {
  readonly directory = mkdtempSync(join(tmpdir(), 'taskport-bench-'));
  readonly service: Host;
  readonly reached: ReachedEngine;
  readonly scope: Scope;
  readonly #image: SomeImage;
  /** Lines of each stream of each attempt. */
  readonly #lines = new Map<string, Line[]>();

  private constructor(service: Host, reached: ReachedEngine, image: SomeImage) {
    this.service = service;
    this.reached = reached;
    this.#image = image;
    benches += 1;
    this.scope = { service: new URL(service.url), location: `boxes-${benches}` };
  }

  static async open(dockerHost: string, tree: Tree = {}): Promise<DockerBench> {
    const service = await startHost({ port: 0, onEvent: () => {} });
    const reached = await reachEngine(dockerHost, {});
    // Engines skip the layers of a config that they know.
    const image = imageOf([gzipSync(await archiveOf({ ...busyboxTree(), ...tree }))], {
      config: { created: new Date(Date.now() + Math.round(Math.random() * 1e9)).toISOString() },
    });
    await makeLocations(callsOf(service.url), { name: 'library', kind: 'image' });
    const bench = new DockerBench(service, reached, image);
    await bench.push(image);
    return bench;
  }

  push(image: SomeImage): Promise<void> {
    return pushTo(callsOf(this.service.url), 'library/base', image);
  }

  get root(): PlannedStorage {
    return rootOf(this.#image);
  }

  /** A process that runs tasks, through another address of the engine if one is given. */
  engine(options: Partial<DockerEngineOptions> = {}): DockerEngine {
    const taskport = new Taskport({ url: this.service.url });
    const { engine = this.reached, scope = this.scope } = options;
    return new DockerEngine({
      engine,
      scope,
      registry: registryOf(taskport, this.scope.service),
      storage: new DockerStorage({
        engine,
        scope,
        authority: this.scope.service.host,
        directory: join(this.directory, `spool-${scope.location}`),
        fetchLayer: (id, take, signal) => taskport.data.download(id, take, { signal }),
      }),
      openSink: this.#openSink,
      positionOf: ({ taskId, attempt, executorId }) =>
        positionIn(join(this.directory, encodeURIComponent(`${executorId} ${taskId} ${attempt}`))),
      secretOf: noSecrets,
      ...options,
    });
  }

  readonly #openSink: OpenSink = async (_, attempt, stream) => {
    const key = JSON.stringify([attempt, stream]);
    const lines = this.#lines.get(key) ?? [];
    this.#lines.set(key, lines);
    const end = lines.at(-1)?.mark;
    return {
      uri: `memory:///${encodeURIComponent(key)}`,
      ...(end === undefined ? {} : { end }),
      write: async (more) => void lines.push(...more),
      close: async () => {},
    };
  };

  lines(attempt: Attempt, stream = 'stdout'): string[] {
    const { executorId, taskId, attempt: number } = attempt;
    const key = JSON.stringify([{ executorId, taskId, attempt: number }, stream]);
    return (this.#lines.get(key) ?? []).map(({ text }) => text);
  }

  /** An executor with these tasks, and their attempts. */
  composed(
    specs: readonly TaskSpec[],
    parts: Partial<PlanInput> = {},
  ): { readonly container: ComposedContainer; readonly attempts: readonly Attempt[] } {
    boxes += 1;
    const executorId = `executor://${this.scope.location}/one-${boxes}`;
    const taskIds = specs.map((_, at) => `task://jobs/t-${at}`);
    const container = compose({
      executor: { id: executorId, spec: {} },
      storage: [this.root],
      tasks: specs.map((spec, at) => ({ id: taskIds[at] ?? '', attempt: 1, spec })),
      logs: [{ id: LOG, spec: {} }],
      ...parts,
    });
    return { container, attempts: taskIds.map((taskId) => ({ executorId, taskId, attempt: 1 })) };
  }

  options(more: Partial<StartOptions> = {}): StartOptions {
    return { since: SINCE, abort: new AbortController().signal, ...more };
  }

  /** The containers of a location on the engine, by name. */
  async left(scope: Scope = this.scope): Promise<string[]> {
    const { label } = filtersOf(scope);
    const found = await this.reached.docker.listContainers({ all: true, filters: { label } });
    return found.flatMap(({ Names }) => Names);
  }

  async close(): Promise<void> {
    const { docker } = this.reached;
    for (const name of await this.left())
      await docker
        .getContainer(name.slice(1))
        .remove({ force: true, v: true })
        .catch(() => {});
    await this.service.stop();
    rmSync(this.directory, { recursive: true, force: true });
  }
}
