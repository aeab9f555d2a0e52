import type { Records } from './extended-header.ts';
import { refuse, told } from './refusal.ts';

const PREFIX = 'SCHILY.xattr.';
/** Linux, xattr(7): XATTR_NAME_MAX and XATTR_SIZE_MAX. */
const MAX_NAME = 255;
const MAX_VALUE = 64 * 1024;

const CAPABILITY = 'security.capability';
/** Lengths of a file's capabilities (Linux, capability.h: VFS_CAP_REVISION_2 and 3), by their revision. */
const CAPABILITY_LENGTHS: Readonly<Record<number, number>> = { 2: 20, 3: 24 };

/** Bytes of an entry's extended attributes. Throws `data-error` [entry] for an attribute that no file can have. */
export const measureAttributes = (entry: string, records: Records): number => {
  let bytes = 0;
  for (const [key, value] of records) {
    if (!key.startsWith(PREFIX)) continue;
    const name = key.slice(PREFIX.length);
    if (name === '' || name.length > MAX_NAME) {
      const reason = `has an extended attribute with a name of ${name.length} bytes`;
      throw refuse(entry, reason, `give it one of 1 to ${MAX_NAME}, or leave it out`);
    }
    if (value.length > MAX_VALUE) {
      const reason = `has an extended attribute ${told(name)} of ${value.length} bytes`;
      throw refuse(entry, reason, `shorten it to ${MAX_VALUE}, or leave it out`);
    }
    if (name === CAPABILITY && value.length !== CAPABILITY_LENGTHS[value.charCodeAt(3)]) {
      throw refuse(
        entry,
        'has capabilities that Linux does not take',
        `set them anew, or leave ${CAPABILITY} out`,
      );
    }
    bytes += value.length;
  }
  return bytes;
};
