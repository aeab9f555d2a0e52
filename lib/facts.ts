import * as z from 'zod/mini';

/** Documentation of a field beside its schema; the documents are made from both. Lambda's bundles leave it out. */
export interface Facts {
  /** The meaning of the field, and its unit. */
  readonly description?: string;
  /** The label of forms, if the name in words is no good label. */
  readonly title?: string;
  /** Of specifications: the source of its meaning, bounds and default. */
  readonly source?: string;
  /** Bounds that are no numbers, in words. */
  readonly bounds?: string;
  /** The behaviour without the field, if no value expresses it. */
  readonly absent?: string;
  /** Rules that our own checks enforce, or that answers always keep, in JSON Schema. */
  readonly uniqueItems?: true;
  readonly maxProperties?: number;
  readonly enum?: readonly string[];
  readonly pattern?: string;
  readonly format?: 'date-time' | 'byte' | 'uri';
  readonly minimum?: number;
}

export const facts = z.registry<Facts>();

/**
 * A schema with documentation at this place; the schema itself does not change. As a field it is required. The
 * build removes `known` (`build/without-facts.ts`), so it has to be a literal in the call.
 */
export const described = <T extends z.ZodMiniType>(schema: T, known: string | Facts): T => {
  const copy = schema.clone();
  facts.add(copy, typeof known === 'string' ? { description: known } : known);
  return copy;
};

/** A field that may be absent. */
export const optional = <T extends z.ZodMiniType>(schema: T, known: string | Facts): z.ZodMiniOptional<T> =>
  z.optional(described(schema, known));
