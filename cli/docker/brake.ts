/** Holds a container while something wants it held: a task that writes faster than the runner sends its output waits, as for a full pipe, and does not fill the disk. */
export class Brake {
  readonly #hold: () => Promise<void>;
  readonly #letGo: () => Promise<void>;
  readonly #holders = new Set<string>();
  #isHeld = false;
  #last: Promise<void> = Promise.resolve();

  constructor(hold: () => Promise<void>, letGo: () => Promise<void>) {
    this.#hold = hold;
    this.#letGo = letGo;
  }

  isWantedBy(holder: string): boolean {
    return this.#holders.has(holder);
  }

  want(holder: string, isWanted: boolean): Promise<void> {
    if (isWanted) this.#holders.add(holder);
    else this.#holders.delete(holder);
    return this.#settle();
  }

  #settle(): Promise<void> {
    this.#last = this.#last.then(async () => {
      const isWanted = this.#holders.size > 0;
      if (isWanted === this.#isHeld) return;
      this.#isHeld = isWanted;
      // A container that has ended meanwhile needs no release.
      await (isWanted ? this.#hold() : this.#letGo()).catch(() => {});
    });
    return this.#last;
  }
}
