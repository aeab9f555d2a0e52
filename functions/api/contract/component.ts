import * as z from 'zod/mini';
import { described, optional } from '../../../lib/facts.ts';
import { opaque } from '../../../lib/formats.ts';

/** A schema that stands in the document under a name. */
export interface Component {
  readonly name: string;
  readonly schema: z.ZodMiniType;
  readonly description: string;
  /** Whether fields may be added to it without a new version: to what is answered, not to what is asked. */
  readonly open: boolean;
}

/** All of them, by name; filled as the modules of the contract are loaded. */
export const components = new Map<string, Component>();

const named =
  (open: boolean) =>
  <T extends z.ZodMiniType>(name: string, description: string, schema: T): T => {
    if (components.has(name)) throw new Error(`there are two schemas ${name}`);
    components.set(name, { name, schema, description, open });
    return schema;
  };

/** Names a schema that requests are validated with: the very one. */
export const asked = named(false);

/** Names a schema of what is answered. */
export const answered = named(true);

/** A page of a list, under a name. */
export const pageOf = <T extends z.ZodMiniType>(name: string, what: string, item: T) =>
  answered(
    name,
    `A page of ${what}.`,
    z.object({
      items: described(z.array(item), 'The items of the page.'),
      hidden: optional(z.int().check(z.minimum(1)), 'How many stand there that the caller may not read.'),
      cursor: optional(opaque, 'Where the next page begins; absent on the last.'),
    }),
  );
