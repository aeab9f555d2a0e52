/** The most arguments in one function call. */
const CHUNK = 0x8000;

/** Bytes as text (RFC 4648, section 4), in Node as in a browser. */
export const toBase64 = (bytes: Uint8Array): string => {
  let binary = '';
  for (let at = 0; at < bytes.length; at += CHUNK) {
    binary += String.fromCharCode(...bytes.subarray(at, at + CHUNK));
  }
  return btoa(binary);
};
