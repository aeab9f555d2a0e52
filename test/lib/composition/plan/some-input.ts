/** Compositions for plans. */

import type { Layer, PlanInput, PlannedStorage } from '../../../../lib/composition/plan/plan-input.ts';
import type { Target } from '../../../../lib/composition/plan/target.ts';
import type { TaskSpec } from '../../../../lib/element/task-spec.ts';

export const MIB = 2 ** 20;

export const ROOT_IMAGE = 'image://library/base';
export const MAIN = 'task://jobs/main';

/** An element with data. */
export const layer = (id: string, ro: Layer['ro'] = {}): Layer => ({
  id,
  checksum: `sha256:${'0'.repeat(64)}`,
  size: 700,
  unpackedSize: 1000,
  ro,
});

export const storage = (
  id: string,
  path: string,
  layers: readonly Layer[],
  more: Partial<PlannedStorage> = {},
): PlannedStorage => ({
  id,
  kind: id.startsWith('image:') ? 'image' : 'volume',
  instance: '2026-01-01T00:00:00.000Z',
  mount: { path, readOnly: false, persistent: true },
  layers,
  ...more,
});

export const readOnly = (one: PlannedStorage): PlannedStorage => ({
  ...one,
  mount: { ...one.mount, readOnly: true },
});

/** A root filesystem with bytes in the service, and one in a registry. */
export const ownRoot = storage(ROOT_IMAGE, '/', [layer('image://library/scratch'), layer(ROOT_IMAGE)]);
export const REGISTRY_REFERENCE = `docker.io/library/alpine@sha256:${'a'.repeat(64)}`;
export const registryRoot = storage(ROOT_IMAGE, '/', [
  { id: ROOT_IMAGE, ro: { 'registry/image': REGISTRY_REFERENCE } },
]);

/** An NFS volume at EFS. */
export const efsVolume = (name: string, path: string): PlannedStorage =>
  storage(`volume://shared/${name}`, path, [], {
    nfs: { server: 'fs-0123456789abcdef0.efs.eu-central-1.amazonaws.com', path: `/${name}` },
  });

export const cloudwatch = (name: string): PlanInput['logs'][number] => ({
  id: `log://logs/${name}`,
  spec: { cloudwatch: { group: `/jobs/${name}`, region: 'eu-central-1' } },
});

export const someArgs = ['/bin/tool', '--now'];

/** A specification that every target can run. */
export const someSpec: TaskSpec = {
  process: { args: someArgs },
  resources: { memory: { limit: 512 * MIB }, cpu: { quota: 25_000, period: 100_000 } },
};

export const task = (id: string, spec: TaskSpec = someSpec, attempt = 1): PlanInput['tasks'][number] => ({
  id,
  attempt,
  spec,
});

export const executorWith = (resources: TaskSpec['resources']): PlanInput['executor'] => ({
  id: 'executor://boxes/box-1',
  spec: { resources },
});

export const inputOf = (parts: Partial<PlanInput> = {}): PlanInput => ({
  executor: { id: 'executor://boxes/box-1', spec: {} },
  storage: [ownRoot],
  tasks: [task(MAIN)],
  logs: [],
  ...parts,
});

/** An input for each target: two differ in the place of the root filesystem. */
export const runnable: Readonly<Record<Target, PlanInput>> = {
  oci: inputOf(),
  docker: inputOf(),
  ecs: inputOf({ storage: [registryRoot] }),
  container: inputOf(),
};

/** The input with another specification of its main task. */
export const withSpec = (input: PlanInput, spec: TaskSpec): PlanInput => ({
  ...input,
  tasks: [task(MAIN, spec), ...input.tasks.slice(1)],
});
