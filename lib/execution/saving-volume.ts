import { defined } from '../defined.ts';
import { wordsOf } from '../engine-words.ts';
import type { AskedSave } from './asked.ts';
import type { AttachmentState, ControlPlane } from './control-plane.ts';
import { type Engine, SaveError, type SaveProgress, type WrittenVolume } from './engine.ts';
import type { Wait } from './watch-health.ts';

export interface SavingOptions {
  readonly control: ControlPlane;
  readonly engine: Engine;
  readonly wait: Wait;
  readonly onSaving?: (progress: SaveProgress) => void;
  readonly onNote?: (note: string) => void;
}

/** Milliseconds before the first retry; they double each time. */
const FIRST_RETRY_MS = 500;
const MAX_RETRY_MS = 60_000;

type Outcome = NonNullable<(AttachmentState & { readonly state: 'over' })['outcome']>;

const BECAME: Readonly<Record<Outcome, string>> = {
  saved: 'is saved',
  unchanged: 'was not written to',
  discarded: 'is discarded',
  released: 'is kept aside: it was released while no runner was here',
};

/**
 * Settles an engine's part of an attachment in the way in which the attachment ended, and reports that. If its
 * end is unknown, the writes are kept aside.
 */
export const conclude = async (
  { engine, onNote }: Pick<SavingOptions, 'engine' | 'onNote'>,
  volume: WrittenVolume,
  { outcome = 'released', checksum }: { readonly outcome?: Outcome; readonly checksum?: string },
): Promise<void> => {
  if (outcome === 'released') await engine.setAside(volume);
  else
    await engine.settle(volume, { saved: checksum, unchanged: volume.base, discarded: undefined }[outcome]);
  onNote?.(`${volume.volumeId} of ${volume.executorId} ${BECAME[outcome]}`);
};

/** Saves one volume, in one round: until it is saved, discarded, or bound again. */
export class SavingVolume {
  readonly asked: AskedSave;
  readonly #options: SavingOptions;
  readonly #abort = new AbortController();
  #done: Promise<void> | undefined;

  constructor(asked: AskedSave, options: SavingOptions) {
    this.asked = asked;
    this.#options = options;
  }

  /** Settles when nothing is left to do. Never rejects. */
  run(): Promise<void> {
    this.#done ??= this.#run();
    return this.#done;
  }

  /** Gives it up, and settles when nothing of it is under way. */
  async stop(): Promise<void> {
    this.#abort.abort(new Error('it is not to be saved now'));
    await this.#done;
  }

  async #run(): Promise<void> {
    const { wait } = this.#options;
    const { signal } = this.#abort;
    let delay = FIRST_RETRY_MS;
    while (!signal.aborted) {
      try {
        if (await this.#try()) return;
        delay = FIRST_RETRY_MS;
      } catch (error) {
        if (signal.aborted) return;
        delay = Math.min(delay * 2, MAX_RETRY_MS);
        await this.#tell(error as Error);
      }
      await wait(delay, signal);
    }
  }

  /** Answers whether nothing is left to do. */
  async #try(): Promise<boolean> {
    const { control, engine, onSaving, onNote } = this.#options;
    const { asked } = this;
    const state = await control.attachment(asked);
    const volume: WrittenVolume = {
      ...asked,
      ...defined({ base: 'base' in state ? state.base : undefined }),
    };
    if (state.state === 'over') {
      await conclude(this.#options, volume, state);
      return true;
    }
    if (state.state === 'attached' || state.round !== asked.round) return true;
    // The service still reads the archive.
    if (state.state === 'verifying') return false;
    const abort = this.#abort.signal;
    const tell = (progress: SaveProgress): void => onSaving?.(progress);
    let saved = volume.base;
    const outcome = await engine.save(
      volume,
      async (archive) => {
        this.#note(`is saved: ${archive.size} bytes`);
        const onProgress = (progress: Pick<SaveProgress, 'phase' | 'done' | 'size'>) =>
          tell({ volume, ...progress });
        await control.send(asked, archive, { abort, onProgress });
        saved = archive.checksum;
      },
      { abort, onProgress: tell, onNote: (note) => onNote?.(`${asked.volumeId}: ${note}`) },
    );
    if (outcome === 'absent')
      throw new SaveError(
        'copy-gone',
        'the writes are gone from their engine, because somebody removed them there: discard them by an unbind with `discard`',
      );
    if (outcome === 'unchanged') await control.tell(asked, 'unchanged');
    await conclude(this.#options, volume, {
      outcome: outcome === 'sent' ? 'saved' : outcome,
      ...defined({ checksum: saved }),
    });
    return true;
  }

  /** Reports why the save failed. Problems from the service itself need no report. */
  async #tell(error: Error): Promise<void> {
    const { control } = this.#options;
    this.#note(`is not saved yet: ${error.message}`);
    if (!(error instanceof SaveError)) return;
    try {
      await control.tell(this.asked, { code: error.code, detail: wordsOf(error.message) });
    } catch (refused) {
      this.#note(`is not saved yet, and the service does not know why: ${(refused as Error).message}`);
    }
  }

  #note(note: string): void {
    const { volumeId, executorId } = this.asked;
    this.#options.onNote?.(`${volumeId} of ${executorId} ${note}`);
  }
}
