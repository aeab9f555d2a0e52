/** Has `toEqual` compare bytes as bytes: item by item it takes longer to look at an archive than to upload it. */
import { expect } from 'vitest';

expect.addEqualityTesters([
  (a, b) => {
    if (!(a instanceof Uint8Array && b instanceof Uint8Array) || a.constructor !== b.constructor)
      return undefined;
    return Buffer.compare(a, b) === 0;
  },
]);
