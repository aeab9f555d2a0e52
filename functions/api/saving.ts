/** What saves volumes, in one module: it is loaded by the first call that does. */
export { readAttachmentOf, releaseVolume } from '../../lib/composition/release-volume.ts';
export {
  claimAttachment,
  completeSave,
  readAttachment,
  saveVolume,
} from '../../lib/composition/save-volume.ts';
