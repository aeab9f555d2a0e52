import { constants } from 'node:os';

/** Reads extended attributes. Their names have a character for each byte. */
export interface AttributeReader {
  /** The sorted names of a path's attributes, without following a link. Throws the errors of the file system. */
  list(path: Buffer): string[];
  /** Undefined if the attribute is gone meanwhile. Throws the errors of the file system. */
  get(path: Buffer, name: string): Buffer | undefined;
}

/** The most bytes of a value, and of all names (Linux, XATTR_SIZE_MAX and XATTR_LIST_MAX). */
const MAX_BYTES = 65_536;
/** Linux: the attribute does not exist, or the file system has none. */
const NOTHING: readonly unknown[] = ['ENODATA', 'EOPNOTSUPP', 'ENOTSUP'];

const asText = (bytes: Buffer): Buffer => Buffer.concat([bytes, Buffer.alloc(1)]);

const codeOf = (errno: number): string =>
  Object.entries(constants.errno).find(([, number]) => number === errno)?.[0] ?? `error ${errno}`;

/**
 * Calls the C library of this process, since Node has no function for it. Undefined if that cannot be loaded: on systems other than
 * Linux, and if the optional package for such calls has no build for this machine.
 */
export const attributeReader = async (): Promise<AttributeReader | undefined> => {
  if (process.platform !== 'linux') return undefined;
  try {
    const { default: koffi } = await import('koffi');
    const library = koffi.load(null);
    const list = library.func('llistxattr', 'intptr_t', ['void *', 'void *', 'size_t']);
    const get = library.func('lgetxattr', 'intptr_t', ['void *', 'void *', 'void *', 'size_t']);
    const scratch = Buffer.alloc(MAX_BYTES);
    const taken = (length: number): Buffer | undefined => {
      if (length >= 0) return Buffer.from(scratch.subarray(0, length));
      const code = codeOf(koffi.errno());
      if (NOTHING.includes(code)) return undefined;
      throw Object.assign(new Error(code), { code });
    };
    return {
      list(path) {
        const names = taken(list(asText(path), scratch, MAX_BYTES))?.toString('latin1') ?? '';
        return names.split('\0').slice(0, -1).sort();
      },
      get: (path, name) => taken(get(asText(path), asText(Buffer.from(name, 'latin1')), scratch, MAX_BYTES)),
    };
  } catch {
    return undefined;
  }
};
