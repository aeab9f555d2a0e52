import { posix } from 'node:path';

/** A path as the service shows it. */
export const normalised = (path: string): string =>
  posix
    .normalize(path)
    .replace(/^\/+/, '/')
    .replace(/(.)\/$/, '$1');
