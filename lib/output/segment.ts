import { defined } from '../defined.ts';
import type { Checksum } from '../element/checksum.ts';

/** What a writer adds to a stream: whole lines, each `<time> <text>` and a line end. */
export interface Addition {
  /** The mark of the line before it; absent at the beginning. */
  readonly after?: string | undefined;
  /** That of its last line. A mark says where a line ends in what was written, in the writer's words. */
  readonly mark: string;
  /** When its first line was written. */
  readonly at: string;
  readonly lines: number;
  /** Bytes. */
  readonly size: number;
  /** It itself, where it is small; otherwise the checksum of the bytes that are to come. */
  readonly text?: string | undefined;
  readonly checksum?: Checksum | undefined;
}

/** A part of a stream as it is kept. */
export interface Segment extends Omit<Addition, 'mark'> {
  /** Absent where the output was cut at its beginning. */
  readonly mark?: string | undefined;
  /** 1, 2, 3 … */
  readonly sequence: number;
  /** Bytes of the stream up to its end. */
  readonly total: number;
  /** Where its bytes are, where they came apart from it. */
  readonly blob?: string;
  /** That it says that the output was cut: nothing follows. */
  readonly isCut?: true;
  /** The log of the engine that has all its lines: an engine that nobody watches writes them there itself. */
  readonly engineLog?: string;
  /** That its bytes may never come: nobody reads it, and nothing follows it, until that is settled. */
  readonly isDoubted?: true;
}

/** What an addition is to a stream whose last segment is known. */
export type Standing =
  /** It is what follows. */
  | 'next'
  /** It is there. */
  | 'stored'
  /** Another is in its place whose bytes may never come. */
  | 'unsettled'
  /** It follows something else: a late copy, or one of two writers. */
  | 'elsewhere'
  /** Nothing follows any more. */
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

/** The segment that an addition becomes, behind the last one or in its place. */
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

/** What stood before a segment whose place another takes. */
export const beforeOf = ({ sequence, total, size }: Segment): Pick<Segment, 'sequence' | 'total'> => ({
  sequence: sequence - 1,
  total: total - size,
});
