import * as z from 'zod/mini';

/** What is to be known of a field besides its schema: documents are made of both. It is left out of what Lambda loads. */
export interface Facts {
  /** What it is, and in what unit. */
  readonly description?: string;
  /** What forms call it, where its name in words does not say it. */
  readonly title?: string;
  /** Of specifications: where its meaning, its bounds and its default are from. */
  readonly source?: string;
  /** What is bounded otherwise than by a number: said in words. */
  readonly bounds?: string;
  /** What holds without it, where that is no value that could be written instead. */
  readonly absent?: string;
  /** What a check of ours enforces, or what an answer always is, in the words of JSON Schema. */
  readonly uniqueItems?: true;
  readonly maxProperties?: number;
  readonly enum?: readonly string[];
  readonly pattern?: string;
  readonly format?: 'date-time' | 'byte' | 'uri';
  readonly minimum?: number;
}

export const facts = z.registry<Facts>();

/**
 * The schema, with what is to be known of it here; elsewhere it stays as it is. As a field it must be there. The build takes `known` away
 * (`build/without-facts.ts`), and so it is said in the very call.
 */
export const described = <T extends z.ZodMiniType>(schema: T, known: string | Facts): T => {
  const copy = schema.clone();
  facts.add(copy, typeof known === 'string' ? { description: known } : known);
  return copy;
};

/** A field that may be absent. */
export const optional = <T extends z.ZodMiniType>(schema: T, known: string | Facts): z.ZodMiniOptional<T> =>
  z.optional(described(schema, known));
