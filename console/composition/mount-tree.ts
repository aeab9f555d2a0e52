import type { MemberJson } from './differences.ts';

/** Storage, and the storage mounted inside it. */
export interface Mounted {
  readonly member: MemberJson;
  readonly path: string;
  readonly within: readonly Mounted[];
}

const isBelow = (path: string, above: string): boolean =>
  path !== above && path.startsWith(above === '/' ? '/' : `${above}/`);

/** The mounts of a composition as a tree: each mount is a child of the longest path above it. */
export const mountTree = (members: readonly MemberJson[]): Mounted[] => {
  const mounts = members.flatMap((member) => (member.mount ? [{ member, path: member.mount.path }] : []));
  const parentOf = (path: string): string | undefined =>
    mounts
      .map((each) => each.path)
      .filter((above) => isBelow(path, above))
      .toSorted((a, b) => b.length - a.length)[0];
  const within = (parent: string | undefined): Mounted[] =>
    mounts
      .filter(({ path }) => parentOf(path) === parent)
      .toSorted((a, b) => (a.path < b.path ? -1 : 1))
      .map((mount) => ({ ...mount, within: within(mount.path) }));
  return within(undefined);
};
