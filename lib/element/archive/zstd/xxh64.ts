const PRIME_1 = 0x9e3779b185ebca87n;
const PRIME_2 = 0xc2b2ae3d27d4eb4fn;
const PRIME_3 = 0x165667b19e3779f9n;
const PRIME_4 = 0x85ebca77c2b2ae63n;
const PRIME_5 = 0x27d4eb2f165667c5n;

const LANES = 4;
const STRIPE = 32;

const whole = (value: bigint): bigint => BigInt.asUintN(64, value);
const rotate = (value: bigint, by: bigint): bigint => whole(value << by) | (value >> (64n - by));
const round = (lane: bigint, input: bigint): bigint =>
  whole(rotate(whole(lane + input * PRIME_2), 31n) * PRIME_1);

const lowOf = (value: bigint): number => Number(BigInt.asIntN(32, value));
const highOf = (value: bigint): number => Number(BigInt.asIntN(32, value >> 32n));

const [P1_LOW, P1_HIGH] = [lowOf(PRIME_1), highOf(PRIME_1)];
const [P2_LOW, P2_HIGH] = [lowOf(PRIME_2), highOf(PRIME_2)];

/** The upper half of the product of two 32-bit numbers; no step of it exceeds the precision of a number. */
const multiplyHigh = (a: number, b: number): number => {
  const middle = Math.imul(a >>> 16, b & 0xffff) + (Math.imul(a & 0xffff, b & 0xffff) >>> 16);
  const other = Math.imul(a & 0xffff, b >>> 16) + (middle & 0xffff);
  return (Math.imul(a >>> 16, b >>> 16) + (middle >>> 16) + (other >>> 16)) | 0;
};

/**
 * XXH64 (the specification of xxHash) with the seed 0: the checksum of zstd's frames. It computes with halves of
 * 32 bits, since 64-bit numbers are too slow for work on every byte.
 */
export class Xxh64 {
  /** Lower and upper halves of four lanes, in turn. */
  readonly #lanes = new Int32Array(2 * LANES);
  readonly #rest = Buffer.alloc(STRIPE);
  #restLength = 0;
  #total = 0;

  constructor() {
    for (const [at, lane] of [PRIME_1 + PRIME_2, PRIME_2, 0n, -PRIME_1].entries()) {
      this.#lanes[2 * at] = lowOf(lane);
      this.#lanes[2 * at + 1] = highOf(lane);
    }
  }

  update(bytes: Uint8Array): void {
    this.#total += bytes.length;
    let from = 0;
    if (this.#restLength > 0) {
      from = Math.min(STRIPE - this.#restLength, bytes.length);
      this.#rest.set(bytes.subarray(0, from), this.#restLength);
      this.#restLength += from;
      if (this.#restLength < STRIPE) return;
      this.#consume(this.#rest, 0, STRIPE);
      this.#restLength = 0;
    }
    const to = bytes.length - ((bytes.length - from) % STRIPE);
    this.#consume(bytes, from, to);
    this.#rest.set(bytes.subarray(to));
    this.#restLength = bytes.length - to;
  }

  /** The lower 32 bits of the hash. */
  digest(): number {
    let hash = this.#total < STRIPE ? PRIME_5 : this.#merge();
    hash = whole(hash + BigInt(this.#total));
    let at = 0;
    for (; at + 8 <= this.#restLength; at += 8) {
      hash ^= round(0n, this.#rest.readBigUInt64LE(at));
      hash = whole(rotate(hash, 27n) * PRIME_1 + PRIME_4);
    }
    if (at + 4 <= this.#restLength) {
      hash ^= whole(BigInt(this.#rest.readUInt32LE(at)) * PRIME_1);
      hash = whole(rotate(hash, 23n) * PRIME_2 + PRIME_3);
      at += 4;
    }
    for (; at < this.#restLength; at += 1) {
      hash ^= whole(BigInt(this.#rest[at] as number) * PRIME_5);
      hash = whole(rotate(hash, 11n) * PRIME_1);
    }
    hash = whole((hash ^ (hash >> 33n)) * PRIME_2);
    hash = whole((hash ^ (hash >> 29n)) * PRIME_3);
    return Number(BigInt.asUintN(32, hash ^ (hash >> 32n)));
  }

  #merge(): bigint {
    const lanes = Array.from({ length: LANES }, (_, at) => {
      const high = BigInt.asUintN(32, BigInt(this.#lanes[2 * at + 1] as number));
      return (high << 32n) | BigInt.asUintN(32, BigInt(this.#lanes[2 * at] as number));
    });
    const turns = [1n, 7n, 12n, 18n];
    const sum = whole(lanes.reduce((all, lane, at) => all + rotate(lane, turns[at] as bigint), 0n));
    return lanes.reduce((hash, lane) => whole((hash ^ round(0n, lane)) * PRIME_1 + PRIME_4), sum);
  }

  #consume(bytes: Uint8Array, from: number, to: number): void {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const lanes = this.#lanes;
    for (let at = from; at < to; at += STRIPE) {
      for (let lane = 0; lane < 2 * LANES; lane += 2) {
        const inputLow = view.getInt32(at + 4 * lane, true);
        const inputHigh = view.getInt32(at + 4 * lane + 4, true);
        const addedLow = Math.imul(inputLow, P2_LOW);
        const addedHigh =
          multiplyHigh(inputLow, P2_LOW) + Math.imul(inputLow, P2_HIGH) + Math.imul(inputHigh, P2_LOW);
        const low = ((lanes[lane] as number) + addedLow) | 0;
        const carry = low >>> 0 < addedLow >>> 0 ? 1 : 0;
        const high = ((lanes[lane + 1] as number) + addedHigh + carry) | 0;
        const turnedLow = (low << 31) | (high >>> 1);
        const turnedHigh = (high << 31) | (low >>> 1);
        lanes[lane] = Math.imul(turnedLow, P1_LOW);
        lanes[lane + 1] =
          multiplyHigh(turnedLow, P1_LOW) + Math.imul(turnedLow, P1_HIGH) + Math.imul(turnedHigh, P1_LOW);
      }
    }
  }
}
