/** What an engine keeps of a container's output: a line, or a piece of one. */
export interface LogEntry {
  /** RFC 3339, UTC, with nine digits of a second: as text in the order of time. */
  readonly at: string;
  readonly bytes: Buffer;
  /** Whether its line ends with it. Where an engine does not say, that follows from the next. */
  readonly isWhole: boolean;
}

/** Bytes of the pieces in which engines keep long lines. */
const PIECE_BYTES = 16 * 1024;
const HEADER_BYTES = 8;
const NEWLINE = 0x0a;
const SPACE = 0x20;
const FIXED = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z$/;

/** A time as Docker writes it, of one as Podman does: with an offset, and as many digits as it has. */
const fixedTime = (text: string): string => {
  if (FIXED.test(text)) return text;
  const [, fraction = ''] = /\.(\d+)/.exec(text) ?? [];
  const seconds = new Date(text.replace(/\.\d+/, '')).toISOString().slice(0, 19);
  return `${seconds}.${fraction.padEnd(9, '0').slice(0, 9)}Z`;
};

const entryOf = (line: Buffer): LogEntry => {
  const space = line.indexOf(SPACE);
  const isWhole = line.at(-1) === NEWLINE;
  const bytes = line.subarray(space + 1, isWhole ? -1 : undefined);
  // The driver `local` does not say that a line ends with the last of its pieces, and that one is not full.
  return {
    at: fixedTime(line.toString('latin1', 0, space)),
    bytes,
    isWhole: isWhole || bytes.length !== PIECE_BYTES,
  };
};

/** The end of what is framed from there on: a header says how long it is (Docker Engine API, ContainerAttach). */
const framed = (bytes: Buffer, at: number): { readonly from: number; readonly to: number } | undefined => {
  if (bytes.length < at + HEADER_BYTES) return undefined;
  const from = at + HEADER_BYTES;
  const to = from + bytes.readUInt32BE(at + 4);
  return to > bytes.length ? undefined : { from, to };
};

/** The same where nothing is framed, as of a container with a terminal: up to the end of the line, or of a piece of one. */
const unframed = (
  bytes: Buffer,
  from: number,
): { readonly from: number; readonly to: number } | undefined => {
  const newline = bytes.indexOf(NEWLINE, from);
  const most = bytes.indexOf(SPACE, from) + 1 + PIECE_BYTES;
  const end = newline < 0 ? Number.POSITIVE_INFINITY : newline + 1;
  const to = Math.min(end, most > from + PIECE_BYTES ? most : Number.POSITIVE_INFINITY);
  return to > bytes.length ? undefined : { from, to };
};

/** The entries of a log that is read with its times, as many at once as came at once. */
export async function* entriesOf(
  chunks: AsyncIterable<Buffer>,
  hasTerminal: boolean,
): AsyncGenerator<readonly LogEntry[], void> {
  const next = hasTerminal ? unframed : framed;
  let rest: Buffer = Buffer.alloc(0);
  for await (const chunk of chunks) {
    const bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    const entries: LogEntry[] = [];
    let at = 0;
    for (let found = next(bytes, at); found; found = next(bytes, at)) {
      entries.push(entryOf(bytes.subarray(found.from, found.to)));
      at = found.to;
    }
    rest = Buffer.from(bytes.subarray(at));
    yield entries;
  }
  // A terminal's last line may have no end.
  if (hasTerminal && rest.length > 0) yield [entryOf(rest)];
}
