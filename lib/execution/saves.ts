import type { AskedSave } from './asked.ts';
import { conclude, type SavingOptions, SavingVolume } from './saving-volume.ts';

const keyOf = ({ executorId, volumeId }: Pick<AskedSave, 'executorId' | 'volumeId'>): string =>
  `${executorId} ${volumeId}`;

const isSame = (one: AskedSave, other: AskedSave): boolean =>
  one.attachment === other.attachment && one.round === other.round;

/** The saves of executors' volumes. */
export class Saves {
  readonly #options: SavingOptions;
  readonly #saving = new Map<string, SavingVolume>();

  constructor(options: SavingOptions) {
    this.#options = options;
  }

  /**
   * Saves all volumes that the composition names, as far as this engine has them, and ends other saves. Settles
   * when those have ended.
   */
  async ask(executorId: string, asked: readonly AskedSave[]): Promise<void> {
    const here = asked.filter(({ engine }) => engine === this.#options.control.engine);
    const wanted = new Map(here.map((one) => [keyOf(one), one]));
    for (const [key, saving] of this.#saving) {
      const want = wanted.get(key);
      if (saving.asked.executorId !== executorId || (want && isSame(want, saving.asked))) continue;
      await saving.stop();
      if (this.#saving.get(key) === saving) this.#saving.delete(key);
    }
    for (const [key, one] of wanted) {
      if (this.#saving.has(key)) continue;
      const saving = new SavingVolume(one, this.#options);
      this.#saving.set(key, saving);
      void saving.run();
    }
  }

  /** Ends the engine's part of an executor's attachments that the executor does not have any more. */
  async conclude(executorId: string, attachments: readonly string[]): Promise<void> {
    const { engine, control, onNote } = this.#options;
    for (const volume of await engine.written()) {
      if (volume.executorId !== executorId || attachments.includes(volume.attachment)) continue;
      try {
        const state = await control.attachment(volume);
        if (state.state !== 'over') continue;
        await conclude(this.#options, volume, state);
      } catch (error) {
        onNote?.(
          `cannot read yet whether the writes to ${volume.volumeId} are saved: ${(error as Error).message}`,
        );
      }
    }
  }

  /** Leaves everything as it is. */
  async stop(): Promise<void> {
    await Promise.all([...this.#saving.values()].map((saving) => saving.stop()));
  }
}
