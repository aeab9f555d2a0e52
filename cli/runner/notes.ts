import type { Attempt } from '../../lib/execution/attempt.ts';
import type { Progress, SaveProgress } from '../../lib/execution/engine.ts';
import type { Io } from '../io.ts';
import { formatBytes } from '../progress-line.ts';

/** How often to report the progress of a pull if no user watches. */
const TELL_EVERY = 10_000;

const nameOf = ({ taskId, executorId, attempt }: Attempt): string =>
  `${taskId} on ${executorId}, attempt ${attempt}`;

/** Prints what a runner does: a line for each action, and at a terminal one line with the progress of a pull. */
export class RunnerNotes {
  readonly #io: Io;
  readonly #isJson: boolean;
  readonly #told = new Map<string, number>();
  #hasOpenLine = false;

  constructor(io: Io, isJson: boolean) {
    this.#io = io;
    this.#isJson = isJson;
  }

  note = (text: string, attempt?: Attempt): void =>
    this.#say({ note: text, ...attempt }, `${attempt ? `${nameOf(attempt)} ` : ''}${text}`);

  /** A note whose `state` tells a program that the runner has found its engine, or is ready to run bound tasks. */
  state = (state: 'engine' | 'ready', text: string): void => this.#say({ note: text, state }, text);

  progress = ({ attempt, layerId, done, size }: Progress): void =>
    this.#progress('pull', layerId, done, size, attempt);

  saving = ({ volume: { volumeId }, phase, done, size }: SaveProgress): void =>
    this.#progress(phase === 'reading' ? 'read' : 'send', volumeId, done, size);

  #say(said: object, text: string): void {
    this.#endLine();
    const line = this.#isJson ? JSON.stringify({ at: new Date().toISOString(), ...said }) : text;
    this.#io.out(`${line}\n`);
  }

  #progress(what: string, id: string, done: number, size: number, attempt?: Attempt): void {
    if (this.#isJson) return;
    const isWhole = done >= size;
    const said = `${id}: ${formatBytes(done)} of ${formatBytes(size)}`;
    if (this.#io.isWatched) {
      this.#io.err(`\r${what}ing ${said}\x1b[K`);
      this.#hasOpenLine = true;
      if (isWhole) this.#endLine();
      return;
    }
    const toldAt = this.#told.get(id) ?? 0;
    if (!isWhole && Date.now() - toldAt < TELL_EVERY) return;
    this.#told.set(id, Date.now());
    this.note(`${what}s ${said}`, attempt);
  }

  #endLine(): void {
    if (this.#hasOpenLine) this.#io.err('\n');
    this.#hasOpenLine = false;
  }
}
