import { defined } from '../defined.ts';
import type { Checksum } from '../element/checksum.ts';

/** Lines that a writer adds to a stream, each as `<time> <text>` and a line end. */
export interface Addition {
  /** The mark of the line before them; absent at the beginning. */
  readonly after?: string | undefined;
  /** The mark of their last line. A mark is the position of a line's end in the output, in the writer's terms. */
  readonly mark: string;
  /** When its first line was written. */
  readonly at: string;
  readonly lines: number;
  /** Bytes. */
  readonly size: number;
  /** The lines, if they are few; otherwise the checksum of the bytes to upload. */
  readonly text?: string | undefined;
  readonly checksum?: Checksum | undefined;
}

/** A part of a stream as it is stored. */
export interface Segment extends Omit<Addition, 'mark'> {
  /** Absent if the output was cut at its beginning. */
  readonly mark?: string | undefined;
  /** 1, 2, 3 … */
  readonly sequence: number;
  /** Bytes of the stream up to the end of this segment. */
  readonly total: number;
  /** The key of its bytes, if they were uploaded. */
  readonly blob?: string;
  /** Marks that the output was cut: no segment follows. */
  readonly isCut?: true;
  /** The engine's log that contains all lines, if the engine writes them itself. */
  readonly engineLog?: string;
  /** Marks that its bytes may never arrive: nobody reads it, and no segment follows until that is settled. */
  readonly isDoubted?: true;
}

/** How an addition relates to the last segment of its stream. */
export type Standing =
  /** It follows. */
  | 'next'
  /** It is stored already. */
  | 'stored'
  /** Another segment is in its place, whose bytes may never arrive. */
  | 'unsettled'
  /** It follows another segment: it is a late copy, or comes from a second writer. */
  | 'elsewhere'
  /** The output was cut; nothing follows. */
  | 'cut';

const isSame = (last: Segment, { after, mark, size, text, checksum }: Addition): boolean =>
  last.after === after &&
  last.mark === mark &&
  last.size === size &&
  last.text === text &&
  last.checksum === checksum;

export const standingOf = (last: Segment | undefined, addition: Addition): Standing => {
  if (last?.isCut) return 'cut';
  if (last && !last.isDoubted && isSame(last, addition)) return 'stored';
  if (last?.blob !== undefined && last.after === addition.after) return 'unsettled';
  if (last?.isDoubted || last?.mark !== addition.after) return 'elsewhere';
  return 'next';
};

/** The segment that an addition becomes, after the last one or in its place. */
export const segmentOf = (
  { after, mark, at, lines, size, text, checksum }: Addition,
  former: Pick<Segment, 'sequence' | 'total'> | undefined,
  blob: string | undefined,
): Segment =>
  defined({
    sequence: (former?.sequence ?? 0) + 1,
    total: (former?.total ?? 0) + size,
    after,
    mark,
    at,
    lines,
    size,
    text,
    checksum,
    blob,
  });

/** The end of the stream before a segment that another one replaces. */
export const beforeOf = ({ sequence, total, size }: Segment): Pick<Segment, 'sequence' | 'total'> => ({
  sequence: sequence - 1,
  total: total - size,
});
