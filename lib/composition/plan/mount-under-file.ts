import type { PathEntry } from '../../element/archive/path-entry.ts';
import { ROOT } from '../composition.ts';
import type { ComposedStorage } from './composed-container.ts';
import { isWithin } from './mount-order.ts';
import type { Layer, PlannedStorage } from './plan-input.ts';
import { ofStorage, type Refuse } from './refusal.ts';
import { hasData } from './registry-image.ts';

type Mounted = Pick<PlannedStorage, 'mount'>;

/** Storage that is mounted on a directory of other storage. */
interface NestedMount<S extends Mounted> {
  readonly inner: S;
  /** The innermost storage that contains the mount path. */
  readonly outer: S;
  /**
   * The steps from the root of the outer storage to the mount, as its archives name them: `` for its root,
   * `opt`, `opt/data`.
   */
  readonly way: readonly string[];
}

const length = ({ mount }: Mounted): number => mount.path.length;

const outerOf = <S extends Mounted>(inner: S, storage: readonly S[]): S | undefined => {
  const { path } = inner.mount;
  const around = storage.filter(({ mount }) => mount.path !== path && isWithin(path, mount.path));
  const [outer] = around.toSorted((one, other) => length(other) - length(one));
  // Every target mounts its own devices over those of the root filesystem.
  return outer?.mount.path === ROOT && isWithin(path, '/dev') ? undefined : outer;
};

const wayTo = (path: string, outer: string): string[] => {
  const steps = path.slice(outer === ROOT ? 1 : outer.length + 1).split('/');
  return ['', ...steps.map((_, at) => steps.slice(0, at + 1).join('/'))];
};

/** All mounts that are inside other storage. */
export const nestedMounts = <S extends Mounted>(storage: readonly S[]): NestedMount<S>[] =>
  storage.flatMap((inner) => {
    const outer = outerOf(inner, storage);
    return outer ? [{ inner, outer, way: wayTo(inner.mount.path, outer.mount.path) }] : [];
  });

/** Whether an archive has a file or a link at one of these paths, so that none of its entries is below it. */
const isBlocked = (above: readonly (PathEntry | undefined)[]): boolean =>
  above.some((entry) => entry?.type === 'file' || entry?.type === 'unsure');

/** Whether an archive removes the entries of older archives at these paths. */
const isHidden = (above: readonly (PathEntry | undefined)[], entry: PathEntry | undefined): boolean =>
  entry?.whiteout === true || above.some((each) => each?.whiteout || each?.opaque);

/**
 * The entry at the last of these paths, and the element whose data has it; undefined if there is none or it is
 * unknown.
 */
const topmost = (
  layers: readonly Layer[],
  way: readonly string[],
): { readonly id: string; readonly type: PathEntry['type'] } | undefined => {
  for (const { id, paths } of layers.toReversed()) {
    if (paths === undefined) return undefined;
    const above = way.slice(0, -1).map((path) => paths.get(path));
    const entry = paths.get(way.at(-1) ?? '');
    if (isBlocked(above)) return undefined;
    if (entry?.type !== undefined) return { id, type: entry.type };
    if (isHidden(above, entry)) return undefined;
  }
  return undefined;
};

/**
 * The first file at or above a mount, and the element whose data has it. Paths below a link are unknown, since
 * runtimes follow it inside the root.
 */
const fileOn = (
  layers: readonly Layer[],
  way: readonly string[],
): { id: string; path: string } | undefined => {
  for (let steps = 2; steps <= way.length; steps += 1) {
    const found = topmost(layers, way.slice(0, steps));
    if (found?.type === 'file') return { id: found.id, path: way[steps - 1] ?? '' };
  }
  return undefined;
};

/** A file at or above a mount path. */
export interface Obstacle {
  /** The path in the container: the mount path, or above it. */
  readonly path: string;
  /** The element whose data has the file. */
  readonly id: string;
}

/** The file at or above each mount in the surrounding storage, by storage. */
export const obstaclesOf = (storage: readonly PlannedStorage[]): ReadonlyMap<PlannedStorage, Obstacle> =>
  new Map(
    nestedMounts(storage).flatMap(({ inner, outer, way }) => {
      const file = fileOn(outer.layers.filter(hasData), way);
      const above = outer.mount.path === ROOT ? '' : outer.mount.path;
      return file ? [[inner, { id: file.id, path: `${above}/${file.path}` }] as const] : [];
    }),
  );

/** Refuses every mount with a file at or above its path, since no runtime can make a directory there. */
export const refuseObstacles = (storage: readonly ComposedStorage[], refuse: Refuse): void => {
  for (const { id, mount, obstacle } of storage) {
    if (obstacle === undefined) continue;
    const place = obstacle.path === mount.path ? 'is' : `is below \`${obstacle.path}\`, which is`;
    ofStorage(refuse, id)('mount.path', `${place} a file in ${obstacle.id}: take another path`);
  }
};
