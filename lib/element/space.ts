import { defined } from '../defined.ts';

/** The space that an element uses and offers; sizes in bytes, capacities in KiB. */
export interface Space {
  /** The parent's and its own unpacked size, in bytes. */
  readonly usedSize: number;
  readonly capacity: number;
  /** The parent's capacity, if this element's is larger. */
  readonly resizedFrom?: number;
}

/** Bytes in whole KiB, rounded up. */
export const toKib = (bytes: number): number => Math.ceil(bytes / 1024);

/** The space of an element: the parent's capacity, or more if its data and the requested free space need it. */
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

/** The attributes of space that follow from a request; none for a kind without space. */
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
