/** An entry of an engine's log of a container: a line, or a piece of one. */
export interface LogEntry {
  /** RFC 3339, UTC, with nine digits of a second, so that texts sort by time. */
  readonly at: string;
  readonly bytes: Buffer;
  /** Whether the entry ends its line. If an engine does not say, the next entry tells. */
  readonly isWhole: boolean;
}

/** The size of the pieces into which engines split long lines. */
const PIECE_BYTES = 16 * 1024;
const HEADER_BYTES = 8;
const NEWLINE = 0x0a;
const SPACE = 0x20;
const FIXED = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z$/;

/** A time in Docker's format, from one in Podman's, which has an offset and fewer digits. */
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
  // The driver `local` does not mark the last piece of a line, which is shorter than the others.
  return {
    at: fixedTime(line.toString('latin1', 0, space)),
    bytes,
    isWhole: isWhole || bytes.length !== PIECE_BYTES,
  };
};

/** The end of the frame that begins there: its header has the length (Docker Engine API, ContainerAttach). */
const framed = (bytes: Buffer, at: number): { readonly from: number; readonly to: number } | undefined => {
  if (bytes.length < at + HEADER_BYTES) return undefined;
  const from = at + HEADER_BYTES;
  const to = from + bytes.readUInt32BE(at + 4);
  return to > bytes.length ? undefined : { from, to };
};

/** The same without frames, as with a terminal: the end of the line or of its piece. */
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

/** The entries of a log with times, in the groups in which they arrived. */
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
  // The last line of a terminal may have no line feed.
  if (hasTerminal && rest.length > 0) yield [entryOf(rest)];
}
