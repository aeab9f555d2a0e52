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
  /** The innermost that it stands below. */
  readonly outer: S;
  /** The way there as archives of the outer one name it: `` for its root, `opt`, `opt/data`. */
  readonly way: readonly string[];
}

const length = ({ mount }: Mounted): number => mount.path.length;

const outerOf = <S extends Mounted>(inner: S, storage: readonly S[]): S | undefined => {
  const { path } = inner.mount;
  const around = storage.filter(({ mount }) => mount.path !== path && isWithin(path, mount.path));
  const [outer] = around.toSorted((one, other) => length(other) - length(one));
  // Every target mounts devices of its own over those of the root filesystem.
  return outer?.mount.path === ROOT && isWithin(path, '/dev') ? undefined : outer;
};

const wayTo = (path: string, outer: string): string[] => {
  const steps = path.slice(outer === ROOT ? 1 : outer.length + 1).split('/');
  return ['', ...steps.map((_, at) => steps.slice(0, at + 1).join('/'))];
};

/** All that is mounted in other storage. */
export const nestedMounts = <S extends Mounted>(storage: readonly S[]): NestedMount<S>[] =>
  storage.flatMap((inner) => {
    const outer = outerOf(inner, storage);
    return outer ? [{ inner, outer, way: wayTo(inner.mount.path, outer.mount.path) }] : [];
  });

/** Whether an archive has something on the way that is no directory: nothing stands below, its own included. */
const isBlocked = (above: readonly (PathEntry | undefined)[]): boolean =>
  above.some((entry) => entry?.type === 'file' || entry?.type === 'unsure');

/** Whether an archive takes away what elder ones have there. */
const isHidden = (above: readonly (PathEntry | undefined)[], entry: PathEntry | undefined): boolean =>
  entry?.whiteout === true || above.some((each) => each?.whiteout || each?.opaque);

/** What is at the last of these paths, and whose data has it; undefined where nothing is or nobody knows. */
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

/** The first file on the way, and whose data has it. Nothing is known below a link: runtimes follow it inside the root. */
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

/** A file in the way of a mount. */
export interface Obstacle {
  /** As the container sees it: the mount path, or above it. */
  readonly path: string;
  /** The element whose data has it. */
  readonly id: string;
}

/** The file at or above each mount, in the storage around it; by storage. */
export const obstaclesOf = (storage: readonly PlannedStorage[]): ReadonlyMap<PlannedStorage, Obstacle> =>
  new Map(
    nestedMounts(storage).flatMap(({ inner, outer, way }) => {
      const file = fileOn(outer.layers.filter(hasData), way);
      const above = outer.mount.path === ROOT ? '' : outer.mount.path;
      return file ? [[inner, { id: file.id, path: `${above}/${file.path}` }] as const] : [];
    }),
  );

/** Refuses every mount that a file is in the way of: no runtime makes a directory there. */
export const refuseObstacles = (storage: readonly ComposedStorage[], refuse: Refuse): void => {
  for (const { id, mount, obstacle } of storage) {
    if (obstacle === undefined) continue;
    const place = obstacle.path === mount.path ? 'is' : `is below \`${obstacle.path}\`, which is`;
    ofStorage(refuse, id)('mount.path', `${place} a file in ${obstacle.id}: take another path`);
  }
};
