import { posix } from 'node:path';

/** A path in the form of the service. */
export const normalised = (path: string): string =>
  posix
    .normalize(path)
    .replace(/^\/+/, '/')
    .replace(/(.)\/$/, '$1');
