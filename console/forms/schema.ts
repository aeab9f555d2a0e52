import type { Kind } from '../../lib/kind/index.ts';

/** A JSON Schema, with the keywords that this API uses. */
export interface Schema {
  readonly $ref?: string;
  readonly type?: 'object' | 'array' | 'string' | 'integer' | 'number' | 'boolean' | 'null';
  readonly description?: string;
  /** The label, if the name of the field makes no good one. */
  readonly title?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: boolean | Schema;
  readonly items?: Schema;
  readonly enum?: readonly string[];
  readonly anyOf?: readonly Schema[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly maxItems?: number;
  readonly pattern?: string;
  /** The kinds of elements whose IDs the field takes, to offer existing ones. */
  readonly kinds?: readonly Kind[];
}

export interface Schemas {
  /** The schema of that name. */
  named(name: string): Schema;
  /** Resolves references. Of alternatives it takes the editable one, which is neither `null` nor bytes. */
  resolve(schema: Schema): Schema;
}

const REFERENCE = /^#\/components\/schemas\/(.+)$/;

const schemasOf = (components: Readonly<Record<string, Schema>>): Schemas => {
  const named = (name: string): Schema => {
    const schema = components[name];
    if (!schema) throw new Error(`the API does not say what a ${name} is`);
    return schema;
  };
  const resolve = (schema: Schema): Schema => {
    const [, name] = REFERENCE.exec(schema.$ref ?? '') ?? [];
    const { $ref: _, ...said } = schema;
    const found = name === undefined ? schema : { ...resolve(named(name)), ...said };
    const [first] = found.anyOf?.filter((each) => each.type !== 'null') ?? [];
    if (!first) return found;
    const { anyOf: __, ...rest } = found;
    return { ...resolve(first), ...rest };
  };
  return { named, resolve };
};

let reading: Promise<Schemas> | undefined;

/** The schemas of the requests of this deployment. They are read for the first form, because no other view needs them. */
export const readSchemas = (): Promise<Schemas> => {
  reading ??= fetch('/v1/openapi.json')
    .then(async (response) => {
      if (!response.ok) throw new Error(`the contract cannot be read: status ${response.status}`);
      const document = (await response.json()) as { components: { schemas: Record<string, Schema> } };
      return schemasOf(document.components.schemas);
    })
    .catch((error) => {
      reading = undefined;
      throw error;
    });
  return reading;
};
