import type { StreamName } from '../execution/log-sink.ts';
import type { Segment } from './segment.ts';

/** One stream of one attempt; each composition counts attempts from 1. */
export interface OutputPlace {
  /** The incarnation of the composition. */
  readonly composition: string;
  readonly taskId: string;
  readonly attempt: number;
  readonly stream: StreamName;
}

/**
 * Keeps the output of tasks in consecutive segments. Each write is conditional on the segment before, so that
 * one of two parallel writers is refused. Every method may throw `unavailable`.
 */
export interface OutputStore {
  /** The last segment, read with strong consistency. */
  last(place: OutputPlace): Promise<Segment | undefined>;
  /** Adds a segment under its number. Answers false if there is one already. */
  add(place: OutputPlace, segment: Segment, days: number): Promise<boolean>;
  /**
   * Puts the bytes of the last segment in doubt, marked with a word of the caller. Answers false if another
   * segment is the last one by now.
   */
  doubt(place: OutputPlace, segment: Segment, word: string): Promise<boolean>;
  /** Ends the doubt. Answers false if the bytes are not in doubt by this word. */
  trust(place: OutputPlace, segment: Segment, word: string): Promise<boolean>;
  /** Replaces a segment whose bytes are in doubt. Answers false if they are not in doubt by this word. */
  replace(
    place: OutputPlace,
    segment: Segment,
    former: Segment,
    word: string,
    days: number,
  ): Promise<boolean>;
  /** The segments after one, the earliest first; and whether there are more. */
  after(
    place: OutputPlace,
    sequence: number,
    limit: number,
  ): Promise<{ readonly segments: readonly Segment[]; readonly more: boolean }>;
  /** The last segments, the latest first: at most `limit`, and fewer if they are large. */
  latest(place: OutputPlace, limit: number): Promise<readonly Segment[]>;
}
