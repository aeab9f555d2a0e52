import * as z from 'zod/mini';

/** What a composition can be rendered for. */
export const target = z.enum(['oci', 'ecs', 'container']);
export type Target = z.infer<typeof target>;
