/** What refers to others and changes metadata, in one module: it is loaded by the first call that does. */
export { updateMetadata } from './protocol/metadata-update.ts';
export { associate, insertReferring, insertUnder } from './protocol/referral.ts';
