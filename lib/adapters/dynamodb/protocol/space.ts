import { TaskportError } from '../../../errors.ts';
import type { Location } from '../../../location/location.ts';
import { type Clause, commit } from '../engine/clause.ts';
import type { Table } from '../engine/table.ts';
import { spaceKeys, spaceShareOf } from '../keys.ts';
import { leftIn, moveSpace, ShortShare } from '../space-row.ts';
import { startingOver } from './outrun.ts';

/** KiB to take from a location, or to give back if the number is negative. */
export interface Need {
  readonly location: Location;
  /** The share from which they are taken, as long as it has enough. */
  readonly share: number;
  readonly kib: number;
}

/** The need of an element. */
export const needOf = (id: string, location: Location, kib: number): Need => ({
  location,
  share: spaceShareOf(id),
  kib,
});

/** Gives back what an element had. */
export const giveBack = (id: string, location: Location, kib: number): Clause[] =>
  moveSpace(location, spaceShareOf(id), -kib);

/**
 * What to take from each share if the element's own has too little: all of the own, and the missing part from
 * the richest. The last of these also gives half of its remainder to the own share, for the elements that come
 * next.
 */
export const drawn = (left: readonly number[], own: number, kib: number): number[] => {
  const taken = left.map((_, share) => (share === own ? Math.min(kib, left[own] ?? 0) : 0));
  let missing = kib - (taken[own] ?? 0);
  const others = [...left.entries()].filter(([share]) => share !== own).sort(([, a], [, b]) => b - a);
  for (const [share, there] of others) {
    if (missing === 0) break;
    const part = Math.min(there, missing);
    missing -= part;
    const moved = missing === 0 ? Math.floor((there - part) / 2) : 0;
    taken[share] = part + moved;
    taken[own] = (taken[own] ?? 0) - moved;
  }
  return taken;
};

/**
 * What to take from each share. It reads all shares in one snapshot: one by one, it would miss space that moves
 * between two of them meanwhile.
 */
const draw = async (table: Table, { location, share, kib }: Need): Promise<number[]> => {
  const left = (await table.getTogether(spaceKeys(location))).map(leftIn);
  const available = left.reduce((sum, each) => sum + each, 0);
  if (available < kib) {
    const detail = `the location ${location.name} has ${available} KiB of its capacity left: delete elements of it, or have its owner raise \`capacity\``;
    throw new TaskportError('insufficient-space', detail, { available });
  }
  return drawn(left, share, kib);
};

const clausesOf = ({ location }: Need, taken: readonly number[]): Clause[] =>
  taken.flatMap((kib, share) => moveSpace(location, share, kib));

/**
 * The clauses that take a need from several shares. If they exceed the room of the transaction, another
 * transaction first fills the own share.
 */
const takeFromSeveral = async (table: Table, need: Need, room: number): Promise<Clause[]> => {
  const taken = await draw(table, need);
  const clauses = clausesOf(need, taken);
  if (clauses.length <= room) return clauses;
  await commit(
    table,
    clausesOf(
      need,
      taken.map((kib, share) => (share === need.share ? kib - need.kib : kib)),
    ),
  );
  return moveSpace(need.location, need.share, need.kib);
};

/**
 * Makes `act` take a need by clauses of its transaction, of which there is room for `room`. The clauses use one
 * share as long as that has enough; otherwise `act` runs again with clauses for several. Throws
 * `insufficient-space` if all shares together have too little.
 */
export const takingSpace = async <T>(
  table: Table,
  need: Need,
  act: (space: readonly Clause[]) => Promise<T>,
  room = Number.POSITIVE_INFINITY,
): Promise<T> => {
  try {
    return await act(moveSpace(need.location, need.share, need.kib));
  } catch (error) {
    if (!(error instanceof ShortShare)) throw error;
  }
  return startingOver(async () => act(await takeFromSeveral(table, need, room)), ShortShare);
};
