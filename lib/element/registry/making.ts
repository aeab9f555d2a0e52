/** The code that makes images from layers, in one module; the first call that makes an image loads it. */
export { insertPushed, type PushedParts } from './image-insertion.ts';
export { judgePushed, type PushedImage } from './pushed-image.ts';
export { withManifest } from './synthesized.ts';
