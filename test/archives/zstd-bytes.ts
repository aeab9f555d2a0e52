/** Frames of zstd (RFC 8878) by hand: all blocks raw or of one byte, with any headers. */

const word = (value: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value >>> 0);
  return bytes;
};

const block = (type: 0 | 1 | 2 | 3, size: number, isLast: boolean, content: Uint8Array): Buffer => {
  const head = Buffer.alloc(3);
  head.writeUIntLE((size << 3) | (type << 1) | (isLast ? 1 : 0), 0, 3);
  return Buffer.concat([head, content]);
};

/** The largest block. */
const MAX_BLOCK = 128 * 1024;

const MAGIC = word(0xfd2fb528);

/** A frame with a window of 2^`windowLog` bytes. */
export const frame = (data: Uint8Array, windowLog = 17): Buffer => {
  const blocks: Buffer[] = [];
  for (let at = 0; at === 0 || at < data.length; at += MAX_BLOCK) {
    const piece = data.subarray(at, at + MAX_BLOCK);
    blocks.push(block(0, piece.length, at + MAX_BLOCK >= data.length, piece));
  }
  return Buffer.concat([MAGIC, Buffer.of(0, (windowLog - 10) << 3), ...blocks]);
};

/** A frame of one segment, whose window is its content, with the given size. */
export const segment = (data: Uint8Array, saidSize = data.length): Buffer =>
  Buffer.concat([MAGIC, Buffer.of(0xa0), word(saidSize), block(0, data.length, true, data)]);

/** A frame that needs a dictionary. */
export const withDictionary = (data: Uint8Array): Buffer =>
  Buffer.concat([MAGIC, Buffer.of(1, 7 << 3, 42), block(0, data.length, true, data)]);

/** A frame with this checksum instead of the right one. */
export const withChecksum = (data: Uint8Array, checksum: number): Buffer =>
  Buffer.concat([MAGIC, Buffer.of(4, 7 << 3), block(0, data.length, true, data), word(checksum)]);

/** A frame with a block of an invalid type or size. */
export const wrongBlock = (type: 0 | 1 | 2 | 3, size: number): Buffer =>
  Buffer.concat([MAGIC, Buffer.of(0, 7 << 3), block(type, size, true, Buffer.alloc(type === 1 ? 1 : size))]);

/** A skippable frame. */
export const skippable = (content: string | Uint8Array, number = 0): Buffer =>
  Buffer.concat([
    word(0x184d2a50 + number),
    word(Buffer.byteLength(content)),
    Buffer.from(content as string),
  ]);

/** A frame of zeros only: four bytes for each 128 KiB. */
export const zeros = (mebibytes: number): Buffer => {
  const blocks = Array.from({ length: 8 * mebibytes }, (_, at) =>
    block(1, MAX_BLOCK, at === 8 * mebibytes - 1, Buffer.of(0)),
  );
  return Buffer.concat([MAGIC, Buffer.of(0, 7 << 3), ...blocks]);
};

/** Frames that each announce a window, of one zero each, up to whole blocks. */
export const manyFrames = (count: number, windowLog: number): Buffer => {
  const one = frame(Buffer.of(0), windowLog);
  return Buffer.concat([
    ...Array<Buffer>(count).fill(one),
    frame(Buffer.alloc(512 - (count % 512)), windowLog),
  ]);
};

/** A frame of blocks of one byte, with the largest accepted window. */
export const tinyBlocks = (count: number): Buffer => {
  const one = block(1, 1, false, Buffer.from('x'));
  return Buffer.concat([
    MAGIC,
    Buffer.of(0, 13 << 3),
    ...Array<Buffer>(count).fill(one),
    block(0, 0, true, Buffer.of()),
  ]);
};

/** A frame of one block of this many sequences, each of which claims to repeat 128 KiB. */
export const longMatches = (count: number): Buffer => {
  const rest = count - 0x7f00;
  // No literals; the number of sequences; one code for each: no literals, the last offset, the longest match.
  const head = Buffer.of(0, 255, rest & 255, rest >> 8, 0x54, 0, 0, 52);
  const content = Buffer.concat([head, Buffer.alloc(2 * count, 255), Buffer.of(1)]);
  return Buffer.concat([MAGIC, Buffer.of(0, 7 << 3), block(2, content.length, true, content)]);
};
