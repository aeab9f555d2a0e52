import { TaskportError } from '../../../errors.ts';
import { ByteSource } from '../byte-source.ts';
import { corrupt } from './bits.ts';
import { Window } from './window.ts';
import { Xxh64 } from './xxh64.ts';

/** The window that every decoder has to support (RFC 8878, 3.1.1.1.2), and that levels up to 19 need. */
const MAX_WINDOW = 8 * 2 ** 20;

const MAGIC = 0xfd2fb528;
/** The first of the sixteen magic numbers of skippable frames, which differ in their last four bits (3.1.2). */
const SKIPPABLE = 0x184d2a50;

const RAW = 0;
const REPEATED = 1;
const PACKED = 2;

interface FrameHeader {
  readonly window: number;
  readonly hasChecksum: boolean;
  /** The unpacked size in bytes, if the frame states it. */
  readonly size: bigint | undefined;
}

const take = async (source: ByteSource, count: number): Promise<Buffer> => {
  const bytes = await source.take(count);
  if (bytes.length < count) throw corrupt('a frame is cut off');
  return bytes;
};

const toNumber = (bytes: Buffer): bigint =>
  bytes.length === 0 ? 0n : BigInt(`0x${Buffer.from(bytes).reverse().toString('hex')}`);

const refuse = (what: string): TaskportError =>
  new TaskportError('unsupported-data-format', `the archive is packed by zstd ${what}`);

/** The header of a frame (3.1.1.1), read before any memory is allocated. */
const readFrameHeader = async (source: ByteSource): Promise<FrameHeader> => {
  const [descriptor = 0] = await take(source, 1);
  if (descriptor & 8) throw corrupt('a frame is of an unknown kind');
  const isSegment = (descriptor & 0x20) !== 0;
  const [exponent = 0] = isSegment ? [] : await take(source, 1);
  const dictionary = toNumber(await take(source, [0, 1, 2, 4][descriptor & 3] as number));
  const sizeBytes = [isSegment ? 1 : 0, 2, 4, 8][descriptor >> 6] as number;
  const said = toNumber(await take(source, sizeBytes)) + (sizeBytes === 2 ? 256n : 0n);
  if (dictionary !== 0n)
    throw refuse('with a dictionary, which engines do not have: pack it without a dictionary');
  const base = 2 ** (10 + (exponent >> 3));
  const window = isSegment ? Number(said) : base + (base / 8) * (exponent & 7);
  if (window > MAX_WINDOW) {
    throw refuse(
      `with a window of ${window} bytes, of which ${MAX_WINDOW} are taken: pack it by a level up to 19, without --long`,
    );
  }
  return { window, hasChecksum: (descriptor & 4) !== 0, size: sizeBytes === 0 ? undefined : said };
};

const unpackFrame = async function* (source: ByteSource, window: Window): AsyncGenerator<Buffer> {
  const header = await readFrameHeader(source);
  window.begin(header.window);
  const hash = header.hasChecksum ? new Xxh64() : undefined;
  let size = 0n;
  for (let isLast = false; !isLast; ) {
    const head = (await take(source, 3)).readUIntLE(0, 3);
    isLast = (head & 1) !== 0;
    const type = (head >> 1) & 3;
    const length = head >> 3;
    if (length > window.most) throw corrupt('a block is too long');
    if (type > PACKED) throw corrupt('a block is of no type');
    const block = await take(source, type === REPEATED ? 1 : length);
    const unpacked =
      type === RAW
        ? window.addRaw(block)
        : type === REPEATED
          ? window.addRepeated(block[0] as number, length)
          : window.addPacked(block);
    hash?.update(unpacked);
    size += BigInt(unpacked.length);
    yield unpacked;
  }
  if (header.size !== undefined && header.size !== size)
    throw corrupt('a frame has another length than it says');
  if (hash && (await take(source, 4)).readUInt32LE(0) !== hash.digest()) throw corrupt('a checksum is wrong');
};

/**
 * Unpacks zstd (RFC 8878) frame by frame, in bounded memory and time for any input. Throws
 * `unsupported-data-format` for a frame that needs a dictionary or a window above 8 MiB.
 */
export const unpackFrames = async function* (packed: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer> {
  const source = new ByteSource(packed);
  const window = new Window();
  for (;;) {
    const magic = await source.take(4);
    if (magic.length === 0) return;
    const number = magic.length < 4 ? 0 : magic.readUInt32LE(0);
    if (number === MAGIC) yield* unpackFrame(source, window);
    else if ((number & ~0xf) >>> 0 === SKIPPABLE) {
      const length = (await take(source, 4)).readUInt32LE(0);
      if ((await source.skip(length)) < length) throw corrupt('a frame is cut off');
    } else throw corrupt('other data follows the last frame');
  }
};
