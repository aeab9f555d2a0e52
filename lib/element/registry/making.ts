/** What makes images of layers, in one module: it is loaded by the first call that has an image to make. */
export { acceptReading, refuseReading, requestDigest } from '../upload/kept-data.ts';
export { insertPushed, type PushedParts } from './image-insertion.ts';
export { judgePushed, type PushedImage } from './pushed-image.ts';
export { withManifest } from './synthesized.ts';
