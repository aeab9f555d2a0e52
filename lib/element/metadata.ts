import { repeatable, TaskportError } from '../errors.ts';
import { isObject } from '../is-object.ts';
import { METADATA_KEY } from '../location/location.ts';
import type { MetadataJson } from './shown-element.ts';

const MAX_KEYS_PER_CALL = 50;
const MAX_VALUE_BYTES = 64 * 1024;
export const MAX_INDEXED_VALUE_BYTES = 512;
/** An element is one DynamoDB item (Amazon DynamoDB, quotas: item size). */
const MAX_ELEMENT_BYTES = 400 * 1024;

/** User metadata: keys and bytes. */
export type Metadata = Readonly<Record<string, Uint8Array>>;
/** The changes of an update: bytes set a key, `null` deletes it. */
export type MetadataPatch = Readonly<Record<string, Uint8Array | null>>;

/** An invalid key, the reason, and the limit that it exceeds, if there is one. */
interface InvalidEntry {
  readonly key: string;
  readonly reason: string;
  readonly limit?: number;
}

const invalidEntries = (invalid: readonly InvalidEntry[], detail?: string): TaskportError => {
  const keys = repeatable(invalid.map((entry) => entry.key));
  const entries = invalid.slice(0, keys.length).map((entry, at) => ({ ...entry, key: keys[at] ?? '' }));
  const [first] = entries;
  const summary =
    invalid.length === 1
      ? `${first?.key}: ${first?.reason}`
      : `${invalid.length} entries are not valid: correct those that \`entries\` names`;
  return new TaskportError('invalid-entry', detail ?? summary, { entries });
};

const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** The bytes of strict base64 (RFC 4648, section 4), or undefined. */
export const decodeBase64 = (value: string): Uint8Array | undefined => {
  const bytes = Buffer.from(value, 'base64');
  // Node ignores invalid characters; only valid base64 is the same after a round trip.
  return bytes.toString('base64') === value ? new Uint8Array(bytes) : undefined;
};

const toBytes = (value: unknown): Uint8Array | string => {
  if (typeof value === 'string') {
    return value.isWellFormed()
      ? new TextEncoder().encode(value)
      : 'the value is not well-formed Unicode: send bytes as {"base64": "…"}';
  }
  if (isObject(value) && Object.keys(value).length === 1 && typeof value.base64 === 'string') {
    return decodeBase64(value.base64) ?? 'the value is not base64: encode it as RFC 4648, section 4, says';
  }
  return value === null
    ? 'the value is null, which only a change takes: leave the key out'
    : 'the value is neither text nor bytes: send a string or {"base64": "…"}';
};

const checkEntry = (
  key: string,
  value: unknown,
  indexed: boolean,
): Uint8Array | Omit<InvalidEntry, 'key'> => {
  if (!METADATA_KEY.test(key)) {
    return { reason: 'this is no key: use 1 to 128 letters, digits and inner `._/-`', limit: 128 };
  }
  const bytes = toBytes(value);
  if (typeof bytes === 'string') return { reason: bytes };
  if (bytes.length > MAX_VALUE_BYTES) {
    return {
      reason: `the value has ${bytes.length} bytes: shorten it to ${MAX_VALUE_BYTES}`,
      limit: MAX_VALUE_BYTES,
    };
  }
  if (indexed && bytes.length > MAX_INDEXED_VALUE_BYTES) {
    return {
      reason: `the location indexes this key, and the value has ${bytes.length} bytes: shorten it to ${MAX_INDEXED_VALUE_BYTES}`,
      limit: MAX_INDEXED_VALUE_BYTES,
    };
  }
  if (indexed && decodeText(bytes) === undefined)
    return { reason: 'the location indexes this key, and the value is not text: send UTF-8' };
  return bytes;
};

/**
 * Validates all maps of one call and throws one `invalid-entry` that lists every wrong key. `nullable` permits
 * `null`. `indexed` are the location's indexed keys, such as `ro.os`.
 */
export const parseMetadata = (
  maps: Readonly<Record<string, Record<string, unknown>>>,
  indexed: readonly string[],
  nullable: boolean,
): Record<string, Record<string, Uint8Array | null>> => {
  const invalid: InvalidEntry[] = [];
  const parsed: Record<string, Record<string, Uint8Array | null>> = {};
  const keys = Object.entries(maps).flatMap(([map, entries]) =>
    Object.keys(entries).map((key) => `${map}.${key}`),
  );
  if (keys.length > MAX_KEYS_PER_CALL) {
    throw invalidEntries(
      keys.slice(MAX_KEYS_PER_CALL).map((key) => ({
        key,
        reason: 'one key too many: set it by another call',
        limit: MAX_KEYS_PER_CALL,
      })),
      `a call takes at most ${MAX_KEYS_PER_CALL} keys, and this one has ${keys.length}: make several calls`,
    );
  }
  for (const [map, entries] of Object.entries(maps)) {
    const result: Record<string, Uint8Array | null> = {};
    for (const [key, value] of Object.entries(entries)) {
      const path = `${map}.${key}`;
      if (value === null && nullable && METADATA_KEY.test(key)) {
        result[key] = null;
        continue;
      }
      const checked = checkEntry(key, value, indexed.includes(path));
      if (checked instanceof Uint8Array) result[key] = checked;
      else invalid.push({ key: path, ...checked });
    }
    parsed[map] = result;
  }
  if (invalid.length > 0) throw invalidEntries(invalid);
  const bytes = Object.values(parsed).reduce((sum, map) => sum + sizeOfMetadata(map), 0);
  if (bytes > MAX_ELEMENT_BYTES) throw tooLarge(parsed);
  return parsed;
};

/**
 * An `invalid-entry` for metadata that would make an element too large for an item; it lists every key of the
 * call.
 */
export const tooLarge = (maps: Readonly<Record<string, object>>): TaskportError =>
  invalidEntries(
    Object.entries(maps).flatMap(([map, entries]) =>
      Object.keys(entries).map((key) => ({
        key: `${map}.${key}`,
        reason: `the element would have more than ${MAX_ELEMENT_BYTES} bytes in all: shorten its values, or keep some as data`,
        limit: MAX_ELEMENT_BYTES,
      })),
    ),
  );

/** The problem of a change to keys of `ro`. */
export const readOnlyKeys = (keys: readonly string[]): TaskportError => {
  const detail = `${keys.join(', ')}: a key of \`ro\` never changes; use another key of \`rw\`, or create another element`;
  return new TaskportError('read-only-key', detail, { keys });
};

/** The text of the bytes; undefined if they are not UTF-8. */
export const decodeText = (bytes: Uint8Array): string | undefined => {
  try {
    return text.decode(bytes);
  } catch {
    return undefined;
  }
};

/** Metadata in its JSON form, sorted by key, since a store answers the keys of a map in any order. */
export const formatMetadata = (metadata: Metadata): MetadataJson => {
  const json: Record<string, MetadataJson[string]> = {};
  for (const key of Object.keys(metadata).sort()) {
    const bytes = metadata[key] as Uint8Array;
    json[key] = decodeText(bytes) ?? { base64: Buffer.from(bytes).toString('base64') };
  }
  return json;
};

/** Bytes that keys and values take. */
const sizeOfMetadata = (metadata: MetadataPatch): number =>
  Object.entries(metadata).reduce(
    (sum, [key, bytes]) => sum + Buffer.byteLength(key) + (bytes?.length ?? 0),
    0,
  );
