/** An entry of an archive, for a list. */
export interface Entry {
  readonly path: string;
  readonly type: 'file' | 'directory' | 'link' | 'other';
  readonly size: number;
  readonly target: string;
  /** Seconds since 1970. */
  readonly modified: number;
}

const BLOCK = 512;
/** The most bytes of a name that does not fit into a header. */
const MOST_EXTENDED = 1024 * 1024;
const decoder = new TextDecoder();

/** Reads a stream in pieces of a requested size. */
const reading = (stream: ReadableStream<Uint8Array>) => {
  const reader = stream.getReader();
  let held = new Uint8Array(0);
  let isOver = false;
  const more = async (): Promise<void> => {
    const { value, done } = await reader.read();
    isOver = done;
    if (value) {
      const joined = new Uint8Array(held.length + value.length);
      joined.set(held);
      joined.set(value, held.length);
      held = joined;
    }
  };
  return {
    /** The next bytes; undefined if the stream ends before. */
    async take(count: number): Promise<Uint8Array | undefined> {
      while (held.length < count && !isOver) await more();
      if (held.length < count) return undefined;
      const taken = held.subarray(0, count);
      held = held.subarray(count);
      return taken;
    },
    async skip(count: number): Promise<void> {
      let left = count;
      while (left > 0) {
        const here = Math.min(left, held.length);
        held = held.subarray(here);
        left -= here;
        if (left === 0 || isOver) return;
        await more();
      }
    },
    cancel: () => reader.cancel(),
  };
};

const textOf = (block: Uint8Array, from: number, length: number): string =>
  decoder.decode(block.subarray(from, from + length)).replace(/\0.*$/s, '');

/** An octal number, or GNU's binary form for larger ones. */
const numberOf = (block: Uint8Array, from: number, length: number): number => {
  if (((block[from] ?? 0) & 0x80) === 0) return Number.parseInt(textOf(block, from, length).trim(), 8) || 0;
  return block.subarray(from + 1, from + length).reduce((sum, byte) => sum * 256 + byte, 0);
};

/** `<length> <key>=<value>` lines of an extended header. */
const extendedOf = (bytes: Uint8Array): Record<string, string> => {
  const found: Record<string, string> = {};
  for (let at = 0; at < bytes.length; ) {
    const space = bytes.indexOf(0x20, at);
    const length = Number(decoder.decode(bytes.subarray(at, space)));
    if (space < 0 || !(length > 0)) break;
    const [key = '', ...value] = decoder.decode(bytes.subarray(space + 1, at + length - 1)).split('=');
    found[key] = value.join('=');
    at += length;
  }
  return found;
};

const TYPES: Readonly<Record<string, Entry['type']>> = {
  '': 'file',
  '0': 'file',
  '7': 'file',
  '1': 'link',
  '2': 'link',
  '5': 'directory',
};

const padded = (size: number): number => Math.ceil(size / BLOCK) * BLOCK;

/** The entries of a tar archive, without their contents. */
export async function* tarEntries(stream: ReadableStream<Uint8Array>): AsyncGenerator<Entry, void> {
  const from = reading(stream);
  try {
    let said: Record<string, string> = {};
    for (let block = await from.take(BLOCK); block; block = await from.take(BLOCK)) {
      if (block.every((byte) => byte === 0)) return;
      const flag = textOf(block, 156, 1);
      const length = numberOf(block, 124, 12);
      if ('xgLK'.includes(flag) && flag !== '') {
        if (length > MOST_EXTENDED) throw new Error('The archive has a header that is too long to be shown.');
        const bytes = (await from.take(padded(length)))?.subarray(0, length) ?? new Uint8Array(0);
        if (flag === 'x') said = { ...said, ...extendedOf(bytes) };
        if (flag === 'L') said.path = decoder.decode(bytes).replace(/\0.*$/s, '');
        if (flag === 'K') said.linkpath = decoder.decode(bytes).replace(/\0.*$/s, '');
        continue;
      }
      const prefix = textOf(block, 257, 5) === 'ustar' ? textOf(block, 345, 155) : '';
      const name = textOf(block, 0, 100);
      const size = said.size === undefined ? length : Number(said.size);
      yield {
        path: (said.path ?? (prefix === '' ? name : `${prefix}/${name}`)).replace(/^(\.?\/)+|\/+$/g, ''),
        type: TYPES[flag] ?? 'other',
        size: Number(said['GNU.sparse.realsize'] ?? size),
        target: said.linkpath ?? textOf(block, 157, 100),
        modified: said.mtime === undefined ? numberOf(block, 136, 12) : Math.floor(Number(said.mtime)),
      };
      said = {};
      await from.skip(padded(TYPES[flag] === 'file' ? size : 0));
    }
  } finally {
    await from.cancel().catch(() => {});
  }
}

/** The archive in a stream, plain or decompressed by gzip. Throws for a format that a browser cannot read. */
export const unpacked = async (stream: ReadableStream<Uint8Array>): Promise<ReadableStream<Uint8Array>> => {
  const [probe, rest] = stream.tee();
  const reader = probe.getReader();
  const { value = new Uint8Array(0) } = await reader.read();
  reader.cancel().catch(() => {});
  if (value[0] === 0x1f && value[1] === 0x8b)
    return rest.pipeThrough(
      new DecompressionStream('gzip') as unknown as {
        readable: ReadableStream<Uint8Array>;
        writable: WritableStream<Uint8Array>;
      },
    );
  if (value[0] === 0x28 && value[1] === 0xb5) {
    rest.cancel().catch(() => {});
    throw new Error('The data is compressed by zstd, which no browser reads: download it to look into it.');
  }
  return rest;
};
