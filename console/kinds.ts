import type { Kind } from '../lib/location/location.ts';

export type { Kind };

/** In the order in which they are shown. Written down again, since the other list comes with the validation of everything. */
export const kinds = ['task', 'image', 'volume', 'executor', 'log'] as const satisfies readonly Kind[];

/** What has data: of the others, none is taken. */
export const keepsData = (kind: Kind): boolean => kind === 'image' || kind === 'volume' || kind === 'task';

/** What appears somewhere in a container. */
export const isStorage = (kind: string): boolean => kind === 'image' || kind === 'volume';
