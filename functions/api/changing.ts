/** The operations that change elements and accept their data, in one module; the first such call loads it. */
export { createElement } from '../../lib/element/create-element.ts';
export { deleteElement } from '../../lib/element/delete-element.ts';
export { putData } from '../../lib/element/put-data.ts';
export { beginReplacement } from '../../lib/element/replace-data.ts';
export { updateElement } from '../../lib/element/update-element.ts';
export { completeUpload } from '../../lib/element/upload/complete-upload.ts';
export { readUpload, uploadOf } from '../../lib/element/upload/read-upload.ts';
