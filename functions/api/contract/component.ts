import * as z from 'zod/mini';
import { described, optional } from '../../../lib/facts.ts';
import { opaque } from '../../../lib/formats.ts';

/** A schema with a name in the document. */
export interface Component {
  readonly name: string;
  readonly schema: z.ZodMiniType;
  readonly description: string;
  /** Whether later versions may add fields without a new version of the API: to answers, not to requests. */
  readonly open: boolean;
}

/** All components by name, filled as the modules of the contract load. */
export const components = new Map<string, Component>();

const named =
  (open: boolean) =>
  <T extends z.ZodMiniType>(name: string, description: string, schema: T): T => {
    if (components.has(name)) throw new Error(`there are two schemas ${name}`);
    components.set(name, { name, schema, description, open });
    return schema;
  };

/** Names a schema of requests, which is the same object that validates them. */
export const asked = named(false);

/** Names a schema of answers. */
export const answered = named(true);

/** Names the schema of a page of a list. */
export const pageOf = <T extends z.ZodMiniType>(name: string, what: string, item: T) =>
  answered(
    name,
    `A page of ${what}.`,
    z.object({
      items: described(z.array(item), 'The items of the page.'),
      hidden: optional(
        z.int().check(z.minimum(1)),
        'The number of items that the page leaves out because the caller may not read them. Absent if it leaves none out.',
      ),
      cursor: optional(opaque, 'The cursor of the next page. Absent on the last page.'),
    }),
  );
