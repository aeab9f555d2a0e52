/**
 * The operations that change metadata or refer to other elements, in one module; the first call that needs one
 * loads it.
 */
export { updateMetadata } from './protocol/metadata-update.ts';
export { associate, insertReferring, insertUnder } from './protocol/referral.ts';
