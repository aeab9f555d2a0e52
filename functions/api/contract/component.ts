import * as z from 'zod/mini';

/** What fields are, by their paths. */
export type Fields = Readonly<Record<string, string>>;

/** A schema that stands in the document under a name, and what is to be known of its fields. */
export interface Component {
  readonly name: string;
  readonly schema: z.ZodMiniType;
  readonly description: string;
  /** What each field is, by its path: `nfs.server`, `grants[].actions`. Absent where that is told elsewhere. */
  readonly fields?: Fields | undefined;
  /** Whether fields may be added to it without a new version: to what is answered, not to what is asked. */
  readonly open: boolean;
}

/** All of them, by name; filled as the modules of the contract are loaded. */
export const components = new Map<string, Component>();

const named =
  (open: boolean) =>
  <T extends z.ZodMiniType>(name: string, description: string, schema: T, fields?: Fields): T => {
    if (components.has(name)) throw new Error(`there are two schemas ${name}`);
    components.set(name, { name, schema, description, fields, open });
    return schema;
  };

/** Names a schema that requests are validated with: the very one. */
export const asked = named(false);

/** Names a schema of what is answered. */
export const answered = named(true);

/** RFC 3339, UTC. */
export const time = () => z.iso.datetime();

export const revision = () => z.int().check(z.minimum(1));

/** A page of a list, under a name. */
export const pageOf = <T extends z.ZodMiniType>(name: string, what: string, item: T) =>
  answered(
    name,
    `A page of ${what}.`,
    z.object({
      items: z.array(item),
      hidden: z.optional(z.int().check(z.minimum(1))),
      cursor: z.optional(z.string()),
    }),
    {
      items: 'What is on the page.',
      hidden: 'How many stand there that the caller may not read.',
      cursor: 'Where the next page begins; absent on the last.',
    },
  );
