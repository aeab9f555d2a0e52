import * as z from 'zod/mini';
import { signals, synonyms } from './signal-name.ts';

const names = [...signals, ...synonyms.keys()];

/** A signal by its name, with or without `SIG`. */
export const signal = z.enum(
  [...names, ...names.map((name) => `SIG${name}`)],
  'must be a Linux signal, such as `TERM` or `SIGTERM`',
);
