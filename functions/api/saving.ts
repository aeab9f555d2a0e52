/** The operations that save volumes, in one module; the first such call loads it. */
export { completeSave } from '../../lib/composition/complete-save.ts';
export { readAttachmentOf, releaseVolume } from '../../lib/composition/release-volume.ts';
export { saveVolume } from '../../lib/composition/save-volume.ts';
export { claimAttachment, readAttachment } from '../../lib/composition/written-volume.ts';
