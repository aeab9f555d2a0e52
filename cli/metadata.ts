import { readFile } from 'node:fs/promises';
import type { MetadataJson } from '../lib/element/shown-element.ts';
import { UsageError } from './usage-error.ts';

/** Bytes in the JSON form of metadata: text, or base64 if they are not UTF-8. */
const toJson = (bytes: Uint8Array): MetadataJson[string] => {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return { base64: Buffer.from(bytes).toString('base64') };
  }
};

/** Reads `key=value` and `key=@file`. Throws `UsageError` for anything else, and for a file that cannot be read. */
export const parseMetadata = async (entries: readonly string[]): Promise<MetadataJson> => {
  const metadata: Record<string, MetadataJson[string]> = {};
  for (const entry of entries) {
    const [, key, value] = /^([^=]+)=(.*)$/s.exec(entry) ?? [];
    if (key === undefined || value === undefined) throw new UsageError(`${entry} is not <key>=<value>`);
    metadata[key] = value.startsWith('@')
      ? toJson(
          await readFile(value.slice(1)).catch((error: Error) => {
            throw new UsageError(`${value.slice(1)} cannot be read: ${error.message}`);
          }),
        )
      : value;
  }
  return metadata;
};
