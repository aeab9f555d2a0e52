import { defined } from '../defined.ts';

/** What an element takes and offers; sizes in bytes, capacities in KiB. */
export interface Space {
  /** The parent's and its own unpacked size, in bytes. */
  readonly usedSize: number;
  readonly capacity: number;
  /** The parent's capacity, where this one's is more. */
  readonly resizedFrom?: number;
}

/** Bytes in whole KiB, rounded up. */
export const toKib = (bytes: number): number => Math.ceil(bytes / 1024);

/** An element is as large as its parent, and larger where its data and the free space asked for need it. */
export const computeSpace = (
  parent: Pick<Space, 'usedSize' | 'capacity'> | undefined,
  unpackedSize: number,
  freeSpace: number,
): Space => {
  const usedSize = (parent?.usedSize ?? 0) + unpackedSize;
  const capacity = Math.max(parent?.capacity ?? 0, toKib(usedSize) + freeSpace);
  return defined({
    usedSize,
    capacity,
    resizedFrom: parent && capacity > parent.capacity ? parent.capacity : undefined,
  });
};

/** What a request says of free space, and what follows from it, as attributes; nothing where a kind has no space. */
export const spaceAttributes = (
  hasSpace: boolean,
  base: Pick<Space, 'usedSize' | 'capacity'> | undefined,
  unpackedSize: number,
  freeSpace: number | undefined,
): { freeSpace?: number; capacity?: number; resizedFrom?: number } => {
  if (!hasSpace) return {};
  const { capacity, resizedFrom } = computeSpace(base, unpackedSize, freeSpace ?? 0);
  return defined({ freeSpace, capacity, resizedFrom });
};
