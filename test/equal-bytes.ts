/** Makes `toEqual` compare bytes directly: comparing an archive item by item takes longer than uploading it. */
import { expect } from 'vitest';

expect.addEqualityTesters([
  (a, b) => {
    if (!(a instanceof Uint8Array && b instanceof Uint8Array) || a.constructor !== b.constructor)
      return undefined;
    return Buffer.compare(a, b) === 0;
  },
]);
