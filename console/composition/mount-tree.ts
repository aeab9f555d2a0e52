import type { MemberJson } from './differences.ts';

/** Storage, and what is mounted within it. */
export interface Mounted {
  readonly member: MemberJson;
  readonly path: string;
  readonly within: readonly Mounted[];
}

const isBelow = (path: string, above: string): boolean =>
  path !== above && path.startsWith(above === '/' ? '/' : `${above}/`);

/** The mounts of a composition as a tree: each stands in the longest path that it is below. */
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
