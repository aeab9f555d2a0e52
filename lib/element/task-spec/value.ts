import * as z from 'zod/mini';
import { wellFormed } from '../../validation.ts';

/** Text that can be passed to a C program: an argument, variable or path. */
export const text = (max: number) =>
  z.string().check(z.maxLength(max), z.regex(/^[^\0]*$/, 'must not contain NUL'), wellFormed);

/** Up to PATH_MAX of Linux, less its NUL at the end. */
export const absolutePath = () =>
  z
    .string()
    .check(z.maxLength(4095), z.regex(/^\/[^\0]*$/, 'must be an absolute path, without NUL'), wellFormed);

/** The name of an environment variable: the characters of POSIX, and the lower case, `.` and `-` that are in use. */
export const variableName = () =>
  z
    .string()
    .check(
      z.maxLength(255),
      z.regex(/^[A-Za-z_][A-Za-z0-9_.-]*$/, 'must be a letter or `_`, then letters, digits and `_.-`'),
    );

export const integer = (min: number, max: number) => z.int().check(z.minimum(min), z.maximum(max));

export const list = <T extends z.ZodMiniType>(item: T, max: number) => z.array(item).check(z.maxLength(max));

export const uniqueBy = <T>(key: (item: T) => unknown, message: string) =>
  z.refine<T[]>((items) => new Set(items.map(key)).size === items.length, message);

/** Requires that one number is not above another, if both are set. */
export const notAbove = <K extends string>(lower: K, upper: K) =>
  z.refine<{ readonly [N in K]?: number | undefined }>(
    ({ [lower]: low, [upper]: high }) => low === undefined || high === undefined || low <= high,
    { path: [lower], message: `must not be more than \`${upper}\`` },
  );

export const HOUR = 3600;
export const DAY = 24 * HOUR;
export const YEAR = 366 * DAY;
