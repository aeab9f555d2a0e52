import * as z from 'zod/mini';

/** What is to be known of a field besides its schema; the reference in docs/ is made of both. */
export interface Facts {
  /** What it is, and in what unit. */
  readonly description: string;
  /** Where its meaning, its bounds and its default are from. */
  readonly source: string;
  /** What is bounded otherwise than by a number: said in words. */
  readonly bounds?: string;
  /** What holds without it, where that is no value that could be written instead. */
  readonly absent?: string;
  /** What a check of ours enforces, in the words of JSON Schema. */
  readonly uniqueItems?: true;
  readonly maxProperties?: number;
}

export const facts = z.registry<Facts>();

/** A schema and what is to be known of it. As a field it must be there. */
export const described = <T extends z.ZodMiniType>(schema: T, known: Facts): T => {
  if (facts.has(schema)) throw new Error('a schema that is described already needs no other description');
  facts.add(schema, known);
  return schema;
};

/** A field that may be left to the parents of the task, or to its default. */
export const optional = <T extends z.ZodMiniType>(schema: T, known: Facts): z.ZodMiniOptional<T> =>
  z.optional(described(schema, known));
