import { createHash } from 'node:crypto';
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Taskport } from '../../client/taskport.ts';
import type { Attempt } from '../../lib/execution/attempt.ts';
import type { Engine } from '../../lib/execution/engine.ts';
import type { SecretOf } from '../../lib/execution/secret-provider.ts';
import { firstAborted } from '../../lib/first-aborted.ts';
import type { Allow } from '../../lib/location/allow.ts';
import { DockerEngine } from '../docker/docker-engine.ts';
import type { Scope } from '../docker/labels.ts';
import { positionIn } from '../docker/output.ts';
import type { ReachedEngine } from '../docker/reach-engine.ts';
import { registryOf } from '../docker/service-registry.ts';
import { DockerStorage } from '../docker/storage.ts';
import { dropGone } from './gone-elements.ts';
import { machineRules } from './machine-rules.ts';
import { openSink } from './open-sink.ts';
import { arrivingIn } from './state-directory.ts';

export interface EngineSurroundings {
  readonly reached: ReachedEngine;
  readonly taskport: Taskport;
  readonly scope: Scope;
  /** The directories for the runner's state and for logs that are files. */
  readonly state: string;
  readonly logs: string;
  readonly secretOf: SecretOf;
  /** What the owner of the machine lets tasks request. */
  readonly allow: Allow | undefined;
  /** Bytes of unused images and volumes to keep. */
  readonly keep: number;
  readonly onNote: (note: string) => void;
  readonly signal: AbortSignal;
}

const markOf = ({ executorId, taskId, attempt }: Attempt, since: string): string =>
  createHash('sha256')
    .update(JSON.stringify([executorId, taskId, attempt, since]))
    .digest('hex')
    .slice(0, 32);

/** Removes the output marks of forgotten attempts. */
const dropMarks = async (directory: string, engine: Engine): Promise<void> => {
  const kept = await readdir(directory).catch((): string[] => []);
  const known = new Set((await engine.find()).map(({ attempt, since = '' }) => markOf(attempt, since)));
  for (const name of kept)
    if (!known.has(name)) await rm(join(directory, name), { recursive: true, force: true });
};

/** The engine of a machine for a runner, and how to reclaim its space. */
export const openEngine = ({
  reached,
  taskport,
  scope,
  state,
  logs,
  secretOf,
  allow,
  keep,
  onNote,
  signal,
}: EngineSurroundings): { readonly engine: Engine; readonly tidy: () => Promise<void> } => {
  const registry = registryOf(taskport, scope.service);
  const storage = new DockerStorage({
    engine: reached,
    scope,
    fetchLayer: (id, take, abort) =>
      taskport.data.download(id, take, { signal: firstAborted(signal, abort) }),
    authority: registry.authority,
    directory: arrivingIn(state, reached.facts.host),
  });
  const marks = join(state, 'output');
  const engine = new DockerEngine({
    engine: reached,
    scope,
    registry,
    storage,
    openSink: openSink(logs, taskport),
    positionOf: (attempt, since) => positionIn(join(marks, markOf(attempt, since))),
    secretOf,
    assertLet: machineRules(allow),
  });
  const tidy = async (): Promise<void> => {
    await dropGone(taskport, storage, onNote, signal);
    await storage.prune(keep);
    await dropMarks(marks, engine);
  };
  return { engine, tidy };
};
