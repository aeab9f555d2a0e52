import { loaded } from '../../lib/loaded.ts';

/** What is loaded by the first call that needs it: a cold start waits for none of it. */
export const later = loaded(() => import('./later.ts'));
export const changing = loaded(() => import('./changing.ts'));
export const saving = loaded(() => import('./saving.ts'));
export const composing = loaded(() => import('./composing.ts'));
