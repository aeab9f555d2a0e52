import * as z from 'zod/mini';
import { described } from './facts.ts';

/** RFC 3339, UTC. */
export const time = described(z.string(), { format: 'date-time' });
/** Opaque text, which callers send back unchanged. */
export const opaque = described(z.string(), { pattern: '^[A-Za-z0-9_-]+$' });
/** RFC 4648, section 4. */
export const base64 = described(z.string(), { format: 'byte' });
export const url = described(z.string(), { format: 'uri' });

/** Text with a more precise type than the schema checks. */
export const textOf = <T extends string>() => z.string() as unknown as z.ZodMiniType<T, T>;
