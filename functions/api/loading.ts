import { loaded } from '../../lib/loaded.ts';

/** Modules that the first call which needs them loads, so that a cold start does not wait for them. */
export const later = loaded(() => import('./later.ts'));
export const changing = loaded(() => import('./changing.ts'));
export const saving = loaded(() => import('./saving.ts'));
export const composing = loaded(() => import('./composing.ts'));
