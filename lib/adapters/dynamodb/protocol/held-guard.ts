import type { Write } from '../engine/expression.ts';
import { guardKey } from '../keys.ts';

/** Takes away the guard by which an element is held. */
export const releaseHeld = (id: string, holder: string): Write => ({
  remove: guardKey(id),
  condition: { expression: 'holder = :holder', values: { ':holder': holder } },
});
