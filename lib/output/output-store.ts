import type { StreamName } from '../execution/log-sink.ts';
import type { Segment } from './segment.ts';

/** Which stream of which attempt it is; attempts are counted anew by each composition. */
export interface OutputPlace {
  /** The incarnation of the composition. */
  readonly composition: string;
  readonly taskId: string;
  readonly attempt: number;
  readonly stream: StreamName;
}

/**
 * Keeps what tasks write, in segments that follow each other: each write is conditional on the one before, so that of two writers one is refused.
 * Every method may throw `unavailable`.
 */
export interface OutputStore {
  /** The last segment, read with strong consistency. */
  last(place: OutputPlace): Promise<Segment | undefined>;
  /** Adds a segment by its number. False where there is one. */
  add(place: OutputPlace, segment: Segment, days: number): Promise<boolean>;
  /** Has the bytes of the last segment be in doubt, by somebody's own word. False where it is another by now. */
  doubt(place: OutputPlace, segment: Segment, word: string): Promise<boolean>;
  /** Has them be in doubt no more. False where they are not, by that word. */
  trust(place: OutputPlace, segment: Segment, word: string): Promise<boolean>;
  /** Puts a segment in place of one whose bytes are in doubt. False where they are not, by that word. */
  replace(
    place: OutputPlace,
    segment: Segment,
    former: Segment,
    word: string,
    days: number,
  ): Promise<boolean>;
  /** Segments behind one, the earliest first; whether there are more. */
  after(
    place: OutputPlace,
    sequence: number,
    limit: number,
  ): Promise<{ readonly segments: readonly Segment[]; readonly more: boolean }>;
  /** The last segments, the latest first: at most `limit`, and fewer where they are large. */
  latest(place: OutputPlace, limit: number): Promise<readonly Segment[]>;
}
