import type { TransferProgress } from '../client/upload.ts';
import type { Io } from './io.ts';

const EVERY_MS = 100;
const UNITS = ['B', 'KiB', 'MiB', 'GiB'];
const ERASE = '\r\u001b[K';

/** Bytes for people: `12.3 MiB`. */
export const formatBytes = (bytes: number): string => {
  let [amount, unit] = [bytes, 0];
  while (amount >= 1024 && unit < UNITS.length - 1) {
    amount /= 1024;
    unit += 1;
  }
  return `${unit === 0 ? amount : amount.toFixed(1)} ${UNITS[unit]}`;
};

const formatSeconds = (seconds: number): string =>
  seconds < 90 ? `${Math.ceil(seconds)} s` : `${Math.ceil(seconds / 60)} min`;

/** The progress for people, some time after the start. */
export const formatProgress = ({ phase, done, size }: TransferProgress, elapsedMs: number): string => {
  if (phase === 'verifying') return 'verifying';
  const speed = elapsedMs > 0 ? (done / elapsedMs) * 1000 : 0;
  const left = speed > 0 && done < size ? `, ${formatSeconds((size - done) / speed)} left` : '';
  return `${phase} ${formatBytes(done)} of ${formatBytes(size)}, ${formatBytes(Math.round(speed))}/s${left}`;
};

/** One line with the progress of a transfer, if a user sees messages. */
export class ProgressLine {
  readonly #io: Io;
  readonly #isShown: boolean;
  #phase = '';
  #beganAt = 0;
  #saidAt = 0;

  constructor(io: Io, isJson: boolean) {
    this.#io = io;
    this.#isShown = io.isWatched && !isJson;
  }

  /** Prints the progress from time to time. */
  show(label: string, progress: TransferProgress): void {
    if (!this.#isShown) return;
    const now = performance.now();
    const phase = `${label} ${progress.phase}`;
    if (phase !== this.#phase) [this.#phase, this.#beganAt, this.#saidAt] = [phase, now, 0];
    if (now - this.#saidAt < EVERY_MS && progress.done < progress.size) return;
    this.#saidAt = now;
    this.#io.err(`${ERASE}${label}: ${formatProgress(progress, now - this.#beganAt)}`);
  }

  /** Removes the line. */
  end(): void {
    if (this.#phase !== '') this.#io.err(ERASE);
    this.#phase = '';
  }
}
