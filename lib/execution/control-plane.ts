import type { ComposedContainer } from '../composition/plan/composed-container.ts';
import type { ReportRequest } from '../composition/report-request.ts';
import type { CompositionJson } from '../composition/shown-composition.ts';
import type { AskedSave } from './asked.ts';
import type { Attempt } from './attempt.ts';
import type { SaveProgress, WrittenArchive, WrittenVolume } from './engine.ts';

/** What a report says besides its attempt. */
export type ReportBody = Omit<ReportRequest, 'attempt'>;

/** A composition of which there is no plan, with the reasons. */
export class PlanRefused extends Error {
  override name = 'PlanRefused';
}

/** An attachment: who has it, or how it ended. */
export type AttachmentState =
  | {
      readonly state: 'attached' | 'saving' | 'verifying';
      readonly attachment: string;
      readonly round: number;
      readonly base?: string;
      /** The engine that has what was written; absent where none was named yet. */
      readonly engine?: string;
    }
  | {
      readonly state: 'over';
      /** How the one that is asked for ended; absent where nobody knows. */
      readonly outcome?: 'saved' | 'unchanged' | 'discarded' | 'released';
      /** Of what was saved. */
      readonly checksum?: string;
    };

/** The service does not let this engine start anything that writes to a volume, with its reason. */
export class ClaimRefused extends Error {
  override name = 'ClaimRefused';
}

/** What a runner asks of the service. Methods throw what they like where it does not answer: they are called again. */
export interface ControlPlane {
  /**
   * The composition of an executor; undefined where there is none. It waits until this process may run tasks, unless `isToRun` is false: what was
   * written is saved by the runner that has it.
   */
  composition(executorId: string, isToRun?: boolean): Promise<CompositionJson | undefined>;
  /** What is bound, merged. Throws `PlanRefused` for what no engine can run. */
  container(executorId: string): Promise<ComposedContainer>;
  /** Reports on an attempt. False where the service will not have it: the attempt is over, or was never asked for. */
  report(attempt: Attempt, report: ReportBody): Promise<boolean>;
  /** The engine on which this process runs tasks, as the service knows it. */
  readonly engine: string;
  /** What goes on with the attachment of a volume that this engine may have something of. */
  attachment(volume: WrittenVolume): Promise<AttachmentState>;
  /** Names this engine as the one that has what is written. Throws `ClaimRefused`. */
  claim(volume: WrittenVolume): Promise<void>;
  /** Says that nothing was written, or why it cannot be saved now. */
  tell(volume: AskedSave, outcome: 'unchanged' | SaveProblem): Promise<void>;
  /** Has what was written be the data of the volume. Settles once it is that. Throws `SaveError` for what the service is to be told. */
  send(
    volume: AskedSave,
    archive: WrittenArchive,
    options: {
      readonly abort: AbortSignal;
      readonly onProgress: (progress: Pick<SaveProgress, 'phase' | 'done' | 'size'>) => void;
    },
  ): Promise<void>;
}

/** Why what was written cannot be saved now. */
export interface SaveProblem {
  /** Words with hyphens. */
  readonly code: string;
  readonly detail: string;
}
