import schema from '../../docs/apply.schema.json' with { type: 'json' };
import type { Action } from '../session.ts';

/** Prints the JSON Schema of documents, for editors. */
export const printSchema: Action = async ({ io }) => io.out(`${JSON.stringify(schema, null, 2)}\n`);
