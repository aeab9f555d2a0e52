import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { decompressor, MAGIC_BYTES } from '../../lib/element/archive/decompressor.ts';
import { ProgramError } from './program.ts';

/**
 * GNU tar as root keeps owners, modes, hard links and devices; it takes no name that is absolute or climbs, and makes links
 * that do only when everything else is in place, so that nothing lands outside by way of one. Of extended attributes those of
 * users and capabilities of files are taken: others would speak to the overlay that it becomes a part of.
 */
const TAR = [
  ...['-x', '-f', '-', '-p', '--numeric-owner', '--same-owner', '--delay-directory-restore'],
  ...['--xattrs', '--xattrs-include=user.*', '--xattrs-include=security.capability'],
];

/** Unpacks an archive (tar; plain, gzip or zstd) as it comes. */
export class Unpacking {
  readonly #input = new PassThrough();
  readonly #outcome: Promise<Error | undefined>;
  #hasFailed = false;

  constructor(directory: string, signal: AbortSignal) {
    this.#input.on('error', () => {});
    this.#outcome = this.#run(directory, signal).then(
      () => undefined,
      (error: Error) => {
        this.#hasFailed = true;
        return error;
      },
    );
  }

  /** Takes the next bytes; what comes after a failure is left unread. */
  async write(chunk: Uint8Array): Promise<void> {
    if (this.#hasFailed || this.#input.write(chunk)) return;
    await Promise.race([once(this.#input, 'drain').catch(() => {}), this.#outcome]);
  }

  /** What went wrong, in the words of who found it. */
  async end(): Promise<Error | undefined> {
    this.#input.end();
    return this.#outcome;
  }

  async #run(directory: string, signal: AbortSignal): Promise<void> {
    const bytes = this.#input[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
    let head: Buffer = Buffer.alloc(0);
    while (head.length < MAGIC_BYTES) {
      const { value, done } = await bytes.next();
      if (done) break;
      head = Buffer.concat([head, value]);
    }
    const all = async function* () {
      yield head;
      yield* { [Symbol.asyncIterator]: () => bytes };
    };
    const unpack = decompressor(head);
    // Directories that no entry speaks of are everybody's to read.
    const tar = spawn('sh', ['-c', 'umask 022; exec tar "$@"', 'tar', ...TAR, '-C', directory], {
      signal,
      stdio: ['pipe', 'ignore', 'pipe'],
    });
    const ended = new Promise<string>((resolve, reject) => {
      tar.once('error', (error) => tar.pid === undefined && reject(error));
      tar.once('close', (code, killer) => resolve(killer ?? String(code)));
    });
    const [piped, status, words] = await Promise.all([
      (unpack ? pipeline(all, unpack, tar.stdin, { signal }) : pipeline(all, tar.stdin, { signal })).then(
        () => undefined,
        (error: Error) => error,
      ),
      ended,
      text(tar.stderr),
    ]);
    // Where tar gave up first, the pipe broke for that reason; where the pipe did, tar saw nothing but an early end.
    const isBroken = piped !== undefined && (piped as NodeJS.ErrnoException).code !== 'EPIPE';
    if (isBroken) throw piped;
    if (status !== '0') throw new ProgramError(words.trim() || `tar ended with ${status}`);
  }
}
