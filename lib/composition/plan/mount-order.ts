const segments = (path: string): string[] => path.split('/').filter((segment) => segment !== '');

const compare = (one: readonly string[], other: readonly string[]): number => {
  for (const [at, segment] of one.entries()) {
    const opposite = other[at];
    if (opposite === undefined) return 1;
    if (segment !== opposite) return segment < opposite ? -1 : 1;
  }
  return one.length - other.length;
};

/** Whether a path equals another or is below it. */
export const isWithin = (path: string, parent: string): boolean =>
  parent === '/' || path === parent || path.startsWith(`${parent}/`);

/**
 * The mounts in an order in which none hides another: each path comes after those above it. Runtimes mount in
 * the order of the list (OCI config.md, Mounts).
 */
export const parentsFirst = <M>(mounts: readonly M[], pathOf: (mount: M) => string): M[] =>
  mounts.toSorted((one, other) => compare(segments(pathOf(one)), segments(pathOf(other))));
