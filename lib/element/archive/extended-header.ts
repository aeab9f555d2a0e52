/** The records of an extended header (POSIX.1-2017, pax), by their keys. Text is as bytes, a character each. */
export type Records = ReadonlyMap<string, string>;

/**
 * The most bytes of an extended header, a long name, or the map of a file with holes: the same limit as in Go
 * and libarchive.
 */
export const MAX_EXTENDED = 2 ** 20;

const MAX_INT64 = 2n ** 63n;

/** Whether text is a whole number of 64 bits. */
const isInteger = (text: string): boolean => {
  if (!/^[+-]?\d{1,30}$/.test(text)) return false;
  const number = BigInt(text.replace('+', ''));
  return number < MAX_INT64 && number >= -MAX_INT64;
};

const isTime = (text: string): boolean => {
  const [seconds = '', fraction = ''] = text.split('.', 2);
  return isInteger(seconds) && /^\d*$/.test(fraction) && text.length <= seconds.length + 1 + fraction.length;
};

const NUMBERS = ['uid', 'gid', 'size'];
const TIMES = ['atime', 'mtime', 'ctime'];
const TEXTS = ['path', 'linkpath', 'uname', 'gname'];

/** Throws for an impossible value in a record. */
const assertValid = (key: string, value: string): void => {
  if (key === '' || key.includes('\0')) throw new Error('a record has no key');
  if (TEXTS.includes(key) && value.includes('\0')) throw new Error(`its ${key} has a zero byte`);
};

/** Throws for an impossible number in the records of an entry. An empty value counts as absent. */
export const assertNumbers = (records: Records): void => {
  for (const key of NUMBERS) {
    const value = records.get(key);
    if (value && !isInteger(value)) throw new Error(`its ${key} is no number`);
  }
  for (const key of TIMES) {
    const value = records.get(key);
    if (value && !isTime(value)) throw new Error(`its ${key} is no time`);
  }
};

/**
 * These records violated POSIX, which has one record for each key: several pairs make the map of GNU's version
 * 0.0.
 */
const OFFSET = 'GNU.sparse.offset';
const LENGTH = 'GNU.sparse.numbytes';
export const SPARSE_MAP = 'GNU.sparse.map';

/** Reads records: `<length> <key>=<value>\n` each. Throws for bytes that are no records. */
export const readRecords = (bytes: Buffer): Records => {
  const records = new Map<string, string>();
  const map: string[] = [];
  for (let at = 0; at < bytes.length; ) {
    const space = bytes.indexOf(' ', at);
    const digits = bytes.toString('latin1', at, space === -1 || space > at + 20 ? at : space);
    const end = at + Number(digits);
    if (!/^\d+$/.test(digits) || end <= space + 1 || end > bytes.length || bytes[end - 1] !== 0x0a) {
      throw new Error('its length is wrong');
    }
    const record = bytes.toString('latin1', space + 1, end - 1);
    const equals = record.indexOf('=');
    if (equals === -1) throw new Error('a record has no value');
    const [key, value] = [record.slice(0, equals), record.slice(equals + 1)];
    assertValid(key, value);
    if (key === OFFSET || key === LENGTH) {
      if ((key === OFFSET) !== (map.length % 2 === 0) || value.includes(','))
        throw new Error('its map is out of order');
      map.push(value);
    } else records.set(key, value);
    at = end;
  }
  if (map.length > 0) records.set(SPARSE_MAP, map.join(','));
  return records;
};
