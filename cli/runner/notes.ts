import type { Attempt } from '../../lib/execution/attempt.ts';
import type { Progress } from '../../lib/execution/engine.ts';
import type { Io } from '../io.ts';
import { formatBytes } from '../progress-line.ts';

/** How often a pull that goes on is told of, where nobody sees a line change. */
const TELL_EVERY = 10_000;

const nameOf = ({ taskId, executorId, attempt }: Attempt): string =>
  `${taskId} on ${executorId}, attempt ${attempt}`;

/** Says what a runner does: a line for each thing, and for people who watch one line that tells how far a pull is. */
export class RunnerNotes {
  readonly #io: Io;
  readonly #isJson: boolean;
  readonly #told = new Map<string, number>();
  #hasOpenLine = false;

  constructor(io: Io, isJson: boolean) {
    this.#io = io;
    this.#isJson = isJson;
  }

  note = (text: string, attempt?: Attempt): void => {
    this.#endLine();
    const said = this.#isJson
      ? JSON.stringify({ at: new Date().toISOString(), note: text, ...attempt })
      : `${attempt ? `${nameOf(attempt)} ` : ''}${text}`;
    this.#io.out(`${said}\n`);
  };

  progress = ({ attempt, layerId, done, size }: Progress): void => {
    if (this.#isJson) return;
    const isWhole = done >= size;
    if (this.#io.isWatched) {
      this.#io.err(`\rpulling ${layerId}: ${formatBytes(done)} of ${formatBytes(size)}\x1b[K`);
      this.#hasOpenLine = true;
      if (isWhole) this.#endLine();
      return;
    }
    const toldAt = this.#told.get(layerId) ?? 0;
    if (!isWhole && Date.now() - toldAt < TELL_EVERY) return;
    this.#told.set(layerId, Date.now());
    this.note(`pulls ${layerId}: ${formatBytes(done)} of ${formatBytes(size)}`, attempt);
  };

  #endLine(): void {
    if (this.#hasOpenLine) this.#io.err('\n');
    this.#hasOpenLine = false;
  }
}
