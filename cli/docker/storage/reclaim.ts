import type Dockerode from 'dockerode';
import { attemptKey } from '../../../lib/execution/attempt.ts';
import { filtersOf, madeOf, type Scope } from '../labels.ts';
import { again, removed, unlessUsed } from './engine-call.ts';
import type { EngineVolume } from './engine-volumes.ts';

/** A thing that the runner can make again. */
export interface Reclaimable {
  /** The name of a volume, or the digests of an image. */
  readonly names: readonly string[];
  /** Bytes that its removal frees. */
  readonly size: number;
  /** Milliseconds since 1970. */
  readonly madeAt: number;
  /** False if it is in use. */
  remove(): Promise<boolean>;
}

/** What the containers of a runner refer to. */
export interface References {
  readonly volumes: ReadonlySet<string>;
  /** Attempts that have a container, by `attemptKey`. */
  readonly attempts: readonly string[];
}

export const referencesOn = async (docker: Dockerode, scope: Scope): Promise<References> => {
  const filters = JSON.stringify(filtersOf(scope));
  const containers = await again(() => docker.listContainers({ all: true, filters }));
  return {
    volumes: new Set(containers.flatMap(({ Mounts }) => Mounts.flatMap(({ Name }) => Name ?? []))),
    attempts: containers.flatMap(({ Labels }) => {
      const { kind, executorId, taskId, attempt } = madeOf(Labels) ?? {};
      const isTask = kind === 'task' && executorId !== undefined && taskId !== undefined;
      return isTask && attempt !== undefined ? [attemptKey({ executorId, taskId, attempt })] : [];
    }),
  };
};

interface Usage {
  readonly Volumes?:
    | readonly { readonly Name: string; readonly UsageData?: { readonly Size: number } }[]
    | null;
  readonly Images?:
    | readonly {
        readonly Id: string;
        readonly Size: number;
        readonly SharedSize: number;
        readonly Containers: number;
        readonly Created: number;
        readonly RepoTags?: readonly string[] | null;
        readonly RepoDigests?: readonly string[] | null;
      }[]
    | null;
}

/** The sizes of things in an engine's answer. */
export const usageOf = (docker: Dockerode): Promise<Usage> => again(() => docker.df() as Promise<Usage>);

/** Volumes that the runner can fill again. */
export const volumesOf = <V extends Pick<EngineVolume, 'name' | 'createdAt'>>(
  volumes: readonly V[],
  { Volumes }: Usage,
  remove: (volume: V) => Promise<boolean>,
): Reclaimable[] => {
  const sizes = new Map((Volumes ?? []).map(({ Name, UsageData }) => [Name, UsageData?.Size ?? 0]));
  return volumes.map((volume) => ({
    names: [volume.name],
    size: Math.max(0, sizes.get(volume.name) ?? 0),
    madeAt: Date.parse(volume.createdAt) || 0,
    remove: () => remove(volume),
  }));
};

/** The names that a runner gives to an image that it loads, and an engine to one that it pulls by digest. */
const BY_DIGEST = /@sha256:[0-9a-f]{64}$|:sha256-[0-9a-f]{64}$/;

/**
 * The images that runners of a service had an engine pull or load and that no container uses. A pulled image has no labels, so this
 * counts an image only if all of its names are digests of that registry, and leaves one alone that somebody has named.
 */
export const imagesOf = (docker: Dockerode, { Images }: Usage, authority: string): Reclaimable[] =>
  (Images ?? []).flatMap(({ Size, SharedSize, Containers, Created, RepoTags, RepoDigests }) => {
    const names = [...(RepoTags ?? []), ...(RepoDigests ?? [])].filter((name) => !name.includes('<none>'));
    const isOurs = names.every((name) => name.startsWith(`${authority}/`) && BY_DIGEST.test(name));
    if (names.length === 0 || !isOurs || Containers > 0) return [];
    return [
      {
        names: names.map((name) => name.slice(-71).replace('-', ':')),
        size: Size - Math.max(0, SharedSize),
        madeAt: Created * 1000,
        remove: async () => {
          for (const name of names)
            if (!(await unlessUsed(() => removed(() => docker.getImage(name).remove())))) return false;
          return true;
        },
      },
    ];
  });

/** Removes the images and volumes that were used or made longest ago, until the others have at most `keepBytes`. */
export const dropBeyond = async (
  keepBytes: number,
  things: readonly Reclaimable[],
  isHeld: (name: string) => boolean,
  usedAt: (name: string) => number | undefined,
): Promise<void> => {
  let left = things.reduce((sum, { size }) => sum + size, 0);
  const lastOf = ({ names, madeAt }: Reclaimable): number =>
    Math.max(...names.map((name) => usedAt(name) ?? madeAt));
  for (const { names, size, remove } of things.toSorted((one, other) => lastOf(one) - lastOf(other))) {
    if (left <= keepBytes) return;
    // An attempt may have requested it meanwhile.
    if (!names.some(isHeld) && (await remove())) left -= size;
  }
};
