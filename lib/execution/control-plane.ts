import type { ComposedContainer } from '../composition/plan/composed-container.ts';
import type { ReportRequest } from '../composition/report-request.ts';
import type { CompositionJson } from '../composition/shown-composition.ts';
import type { ProblemCode } from '../errors.ts';
import type { AskedSave } from './asked.ts';
import type { Attempt } from './attempt.ts';
import type { SaveProgress, WrittenArchive, WrittenVolume } from './engine.ts';

/** The fields of a report besides its attempt. */
export type ReportBody = Omit<ReportRequest, 'attempt'>;

/** Refusals of a report on an attempt that is over, or was never bound: the engine drops the report. */
export const NOT_ASKED: readonly ProblemCode[] = [
  'invalid-state',
  'not-bound',
  'not-joined',
  'not-found',
  'unknown-location',
];

/** A composition without a plan, with the reasons. */
export class PlanRefused extends Error {
  override name = 'PlanRefused';
}

/** The present attachment of a volume, or the end of the attachment in question. */
export type AttachmentState =
  | {
      readonly state: 'attached' | 'saving' | 'verifying';
      readonly attachment: string;
      readonly round: number;
      readonly base?: string;
      /** The engine that has the writes; absent before one has claimed them. */
      readonly engine?: string;
    }
  | {
      readonly state: 'over';
      /** How the attachment in question ended; absent if it is unknown. */
      readonly outcome?: 'saved' | 'unchanged' | 'discarded' | 'released';
      /** The checksum of the saved data. */
      readonly checksum?: string;
    };

/** The service refuses to let this engine start tasks that write to a volume, with its reason. */
export class ClaimRefused extends Error {
  override name = 'ClaimRefused';
}

/**
 * The calls of a runner to the service. Methods may throw any error if the service does not answer; the runner
 * calls them again.
 */
export interface ControlPlane {
  /**
   * The composition of an executor; undefined if there is none. It waits until this process may run tasks,
   * unless `isToRun` is false, since a runner without the lease still saves its writes.
   */
  composition(executorId: string, isToRun?: boolean): Promise<CompositionJson | undefined>;
  /** The merged plan of the bound members. Throws `PlanRefused` if no engine can run them. */
  container(executorId: string): Promise<ComposedContainer>;
  /**
   * Reports on an attempt. Answers false if the service refuses the report: the attempt is over, or was never
   * bound.
   */
  report(attempt: Attempt, report: ReportBody): Promise<boolean>;
  /** The engine of this process, by the name that the service knows. */
  readonly engine: string;
  /** The state of a volume's attachment, of which this engine may have writes. */
  attachment(volume: WrittenVolume): Promise<AttachmentState>;
  /** Claims the writes to a volume for this engine. Throws `ClaimRefused`. */
  claim(volume: WrittenVolume): Promise<void>;
  /** Reports that nothing was written, or why the save fails at present. */
  tell(volume: AskedSave, outcome: 'unchanged' | SaveProblem): Promise<void>;
  /**
   * Sends the archive, which becomes the data of the volume. Settles when the service has verified it. Throws
   * `SaveError` for a problem to report to the service.
   */
  send(
    volume: AskedSave,
    archive: WrittenArchive,
    options: {
      readonly abort: AbortSignal;
      readonly onProgress: (progress: Pick<SaveProgress, 'phase' | 'done' | 'size'>) => void;
    },
  ): Promise<void>;
}

/** The reason why the save fails at present. */
export interface SaveProblem {
  /** Words with hyphens. */
  readonly code: string;
  readonly detail: string;
}
