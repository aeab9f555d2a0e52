import { ABSENT, isCode, ProblemError } from '../../client/problem-error.ts';
import { StoreError } from '../../client/store-error.ts';
import type { Taskport } from '../../client/taskport.ts';
import type { TransferProgress } from '../../client/upload.ts';
import { sendWritten, settledBy } from '../../client/written-data.ts';
import type { ComposedContainer } from '../../lib/composition/plan/composed-container.ts';
import type { CompositionJson } from '../../lib/composition/shown-composition.ts';
import { defined } from '../../lib/defined.ts';
import type { AskedSave } from '../../lib/execution/asked.ts';
import type { Attempt } from '../../lib/execution/attempt.ts';
import {
  type AttachmentState,
  ClaimRefused,
  type ControlPlane,
  NOT_ASKED,
  PlanRefused,
  type ReportBody,
  type SaveProblem,
} from '../../lib/execution/control-plane.ts';
import { SaveError, type WrittenArchive, type WrittenVolume } from '../../lib/execution/engine.ts';
import { firstAborted } from '../../lib/first-aborted.ts';
import { PartFiles } from '../push/part-files.ts';
import type { Lease } from './lease.ts';

/** Refusals that tell the state of the attachment, which the runner learns when it asks again. */
const OF_ATTACHMENT: readonly string[] = ['invalid-state', 'not-attached', 'volume-elsewhere', 'not-found'];

/** A refusal that the service does not record with the volume, so that the runner reports it. */
const asTold = (error: unknown): unknown => {
  if (error instanceof StoreError) return new SaveError('upload-refused', error.message, { cause: error });
  if (!(error instanceof ProblemError) || error.status >= 500 || error.status === 429) return error;
  const { code = 'refused', detail } = error;
  return OF_ATTACHMENT.includes(code) ? error : new SaveError(code, detail, { cause: error });
};

/** The service through its API, while the runner holds the lease of the location: without the lease, calls wait. */
export class ApiControlPlane implements ControlPlane {
  readonly #taskport: Taskport;
  readonly #lease: Lease;
  readonly #signal: AbortSignal;
  readonly #directory: string;
  readonly engine: string;

  /** `directory` remembers which parts of a save were sent, for a runner that continues after this one. */
  constructor(taskport: Taskport, lease: Lease, engine: string, directory: string, signal: AbortSignal) {
    this.#taskport = taskport;
    this.#directory = directory;
    this.engine = engine;
    this.#lease = lease;
    this.#signal = signal;
  }

  async composition(executorId: string, isToRun = true): Promise<CompositionJson | undefined> {
    if (isToRun) await this.#lease.epoch();
    try {
      const { composition } = await this.#taskport.elements.read(executorId, { signal: this.#signal });
      return composition;
    } catch (error) {
      if (isCode(error, ...ABSENT)) return undefined;
      throw error;
    }
  }

  async container(executorId: string): Promise<ComposedContainer> {
    const signal = this.#signal;
    for (;;) {
      await this.#lease.start();
      try {
        const { handle } = await this.#taskport.compositions.open(executorId, { signal });
        return await this.#taskport.compositions.plan(handle, 'container', { signal });
      } catch (error) {
        if (isCode(error, 'unsupported-by-target')) throw new PlanRefused(error.message);
        if (!isCode(error, 'stale-handle')) throw error;
      }
    }
  }

  async report({ executorId, taskId, attempt }: Attempt, report: ReportBody): Promise<boolean> {
    const epoch = await this.#lease.epoch();
    try {
      await this.#taskport.elements.report(
        executorId,
        taskId,
        { attempt, ...report, epoch },
        { signal: this.#signal },
      );
      return true;
    } catch (error) {
      if (isCode(error, 'stale-runner')) this.#lease.doubt();
      if (isCode(error, ...NOT_ASKED)) return false;
      throw error;
    }
  }

  async attachment(volume: WrittenVolume): Promise<AttachmentState> {
    const { attachment } = volume;
    try {
      const read = await this.#taskport.attachments.read(volume, undefined, { signal: this.#signal });
      if (read.attachment !== attachment || read.round === undefined) return { state: 'over' };
      const { state, round, base, engine } = read;
      return defined({ state, attachment, round, base, engine });
    } catch (error) {
      const settled = settledBy(error);
      if (settled?.attachment === attachment) {
        const { outcome, checksum } = settled;
        return defined({ state: 'over' as const, outcome, checksum });
      }
      if (isCode(error, 'not-attached', ...ABSENT)) return { state: 'over' };
      throw error;
    }
  }

  async claim(volume: WrittenVolume): Promise<void> {
    await this.#lease.start();
    const epoch = await this.#lease.epoch();
    const body = { attachment: volume.attachment, engine: this.engine, epoch };
    try {
      await this.#taskport.attachments.claim(volume, body, { signal: this.#signal });
    } catch (error) {
      if (isCode(error, 'volume-elsewhere', 'not-attached', 'invalid-state', 'not-found'))
        throw new ClaimRefused(error.message);
      throw error;
    }
  }

  async tell(volume: AskedSave, outcome: 'unchanged' | SaveProblem): Promise<void> {
    const said = outcome === 'unchanged' ? { unchanged: true as const } : { problem: { ...outcome } };
    const { executorId, volumeId, ...named } = this.#named(volume);
    const written = { executorId, volumeId };
    await this.#taskport.attachments.save(written, { ...named, ...said }, { signal: this.#signal });
  }

  async send(
    volume: AskedSave,
    archive: WrittenArchive,
    { abort, onProgress }: Parameters<ControlPlane['send']>[2],
  ): Promise<void> {
    const told = ({ phase, done, size }: TransferProgress): void => {
      if (phase !== 'receiving') onProgress({ phase, done, size });
    };
    const parts = new PartFiles(this.#directory);
    try {
      await sendWritten(this.#taskport.attachments, this.#named(volume), archive, archive.checksum, {
        signal: firstAborted(this.#signal, abort),
        onProgress: told,
        memory: parts,
      });
      parts.forget();
    } catch (error) {
      throw asTold(error);
    }
  }

  #named({ executorId, volumeId, attachment, round }: AskedSave) {
    return { executorId, volumeId, attachment, round, engine: this.engine };
  }
}
