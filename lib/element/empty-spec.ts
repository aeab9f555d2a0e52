import * as z from 'zod/mini';

/** The specification of a kind that has nothing to specify. */
export const emptySpec = z.strictObject({});
