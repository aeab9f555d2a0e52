/** What a push needs, in one module: it is loaded by the first call that pushes an OCI image. */
export { insertPushed, type PushedParts } from './image-insertion.ts';
export { judgePushed, type PushedImage } from './pushed-image.ts';
