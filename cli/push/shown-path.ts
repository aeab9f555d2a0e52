const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

const escaped = (byte: number): string =>
  byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : `\\x${byte.toString(16).padStart(2, '0')}`;

/** A path for people, on one line: invalid UTF-8 and control characters become `\xe9`. */
export const shownPath = (path: Buffer): string => {
  try {
    const decoded = text.decode(path);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: it is they that are looked for.
    if (!/[\x00-\x1f\x7f-\x9f]/.test(decoded)) return decoded;
  } catch {
    // The bytes are no UTF-8.
  }
  return [...path].map(escaped).join('');
};
