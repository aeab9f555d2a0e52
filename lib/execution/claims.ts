import type { ComposedContainer } from '../composition/plan/composed-container.ts';
import type { Attempt } from './attempt.ts';
import { ClaimRefused, type ControlPlane } from './control-plane.ts';
import { LaunchError, type WrittenVolume } from './engine.ts';
import { RETRY_MS, type Wait } from './watch-health.ts';

interface ClaimOptions {
  readonly control: ControlPlane;
  readonly wait: Wait;
  readonly onNote?: (note: string, attempt?: Attempt) => void;
}

/** Claims the volumes of a container whose writes are saved later, so that one engine has all writes to each. */
export class Claims {
  readonly #written: readonly WrittenVolume[];
  readonly #attempt: Attempt;
  readonly #options: ClaimOptions;

  constructor({ executor, storage }: ComposedContainer, attempt: Attempt, options: ClaimOptions) {
    this.#written = storage.flatMap(({ id, attachment }) =>
      attachment === undefined ? [] : [{ executorId: executor.id, volumeId: id, attachment }],
    );
    this.#attempt = attempt;
    this.#options = options;
  }

  /** Attachments that this engine claimed before. Throws `LaunchError` if another engine claimed one. */
  async made(): Promise<readonly string[]> {
    const { control } = this.#options;
    const made: string[] = [];
    for (const volume of this.#written) {
      const state = await control.attachment(volume);
      const engine = 'engine' in state ? state.engine : undefined;
      if (engine === control.engine) made.push(volume.attachment);
      else if (engine !== undefined)
        throw new LaunchError(
          `the writes to ${volume.volumeId} are on another engine, ${engine}, and not saved yet`,
        );
    }
    return made;
  }

  /**
   * Claims the volumes for this engine, and waits until the service answers. Throws `LaunchError` if the service
   * refuses.
   */
  async make(abort: AbortSignal): Promise<void> {
    for (const volume of this.#written) await this.#make(volume, abort);
  }

  async #make(volume: WrittenVolume, abort: AbortSignal): Promise<void> {
    const { control, wait, onNote } = this.#options;
    for (;;) {
      abort.throwIfAborted();
      try {
        return await control.claim(volume);
      } catch (error) {
        if (error instanceof ClaimRefused) throw new LaunchError(error.message, { cause: error });
        onNote?.(`has not claimed ${volume.volumeId} yet: ${(error as Error).message}`, this.#attempt);
        await wait(RETRY_MS, abort);
      }
    }
  }
}
