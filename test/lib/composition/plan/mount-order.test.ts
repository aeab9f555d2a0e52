import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isWithin, parentsFirst } from '../../../../lib/composition/plan/mount-order.ts';
import { planOf, renderEcs, renderOci } from './rendered.ts';
import { efsVolume, inputOf, ownRoot, registryRoot } from './some-input.ts';

const path = fc
  .array(fc.constantFrom('a', 'b', 'ab', 'a-b', 'a.b', 'dev', 'sys', 'shm'), { minLength: 1, maxLength: 4 })
  .map((segments) => `/${segments.join('/')}`);
const paths = fc.uniqueArray(path, { maxLength: 20 });

/** Whether no path comes after one below it. */
const hidesNothing = (order: readonly string[]): boolean =>
  order.every((one, at) => order.slice(0, at).every((earlier) => earlier === one || !isWithin(earlier, one)));

describe('mounts', () => {
  it('are in an order in which none hides another, for any order of joins', () => {
    fc.assert(
      fc.property(paths, (joined) => {
        const order = parentsFirst(joined, (one) => one);
        expect(hidesNothing(order)).toBe(true);
        expect(order.toSorted()).toEqual(joined.toSorted());
      }),
    );
  });

  it('are the same for any order of joins', () => {
    const shuffled = paths.chain((joined) =>
      fc.tuple(fc.constant(joined), fc.shuffledSubarray(joined, { minLength: joined.length })),
    );
    fc.assert(
      fc.property(shuffled, ([one, other]) => {
        expect(parentsFirst(other, (path) => path)).toEqual(parentsFirst(one, (path) => path));
      }),
    );
  });

  it('of a container hide none of the runtime’s own mounts, and storage replaces those', () => {
    fc.assert(
      fc.property(paths, (joined) => {
        const storage = [ownRoot, ...joined.map((mountPath, at) => efsVolume(`v${at}`, mountPath))];
        const { config } = planOf(renderOci(inputOf({ storage })));
        const destinations = config.mounts.map(({ destination }) => destination);
        expect(hidesNothing(destinations)).toBe(true);
        expect(new Set(destinations).size).toBe(destinations.length);
        const own = ['/proc', '/dev', '/dev/pts', '/dev/shm', '/dev/mqueue', '/sys'];
        expect(new Set(destinations)).toEqual(new Set([...own, ...joined]));
        for (const [at, mountPath] of joined.entries()) {
          const mount = config.mounts.find(({ destination }) => destination === mountPath);
          expect(mount).toMatchObject({ type: 'bind', source: `storage/${at + 1}` });
        }
      }),
    );
  });

  it('of ECS are in that order in every container', () => {
    fc.assert(
      fc.property(paths, (joined) => {
        const storage = [registryRoot, ...joined.map((mountPath, at) => efsVolume(`v${at}`, mountPath))];
        const { registerTaskDefinition } = planOf(renderEcs(inputOf({ storage })));
        for (const { mountPoints } of registerTaskDefinition.containerDefinitions) {
          expect(mountPoints).toHaveLength(joined.length);
          expect(hidesNothing(mountPoints.map(({ containerPath }) => containerPath))).toBe(true);
        }
      }),
    );
  });
});
