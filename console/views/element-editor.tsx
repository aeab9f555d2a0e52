import type { ElementPatch, ReadElement } from '../../client/elements.ts';
import { defined } from '../../lib/defined.ts';
import { type Kind, rules, specNameOf } from '../../lib/kind/index.ts';
import { mergePatch } from '../forms/merge-patch.ts';
import type { Schema, Schemas } from '../forms/schema.ts';
import { SchemaForm } from '../forms/schema-form.tsx';

/** The fields of a schema that the kind permits to change; undefined if there are none. */
const changeableOf = <T,>(
  kind: Kind,
  fields: Readonly<Record<string, T>> = {},
): Record<string, T> | undefined => {
  const found = Object.entries(fields).filter(([name]) => rules[kind].changeable.includes(name));
  return found.length === 0 ? undefined : Object.fromEntries(found);
};

/** The changeable parts of an element, by their names in a patch. */
const editable = (schemas: Schemas, { kind = 'log', capacity }: ReadElement): Schema => {
  const { freeSpace, metadata } = schemas.named('ElementPatch').properties ?? {};
  const { title } = metadata?.properties?.rw ?? {};
  const { hasSpec } = rules[kind];
  const inSpec = hasSpec ? changeableOf(kind, schemas.named(specNameOf(kind)).properties) : undefined;
  return {
    type: 'object',
    properties: {
      metadata: {
        type: 'object',
        properties: {
          rw: defined({
            ...schemas.named('Metadata'),
            title,
            description: 'A key that is removed is deleted.',
          }),
        },
      },
      ...defined({
        freeSpace: capacity !== undefined && freeSpace ? freeSpace : undefined,
        spec: inSpec && { type: 'object' as const, title: 'Specification', properties: inSpec },
      }),
    },
  };
};

const shownOf = ({ kind = 'log', metadata, freeSpace, spec }: ReadElement): Record<string, unknown> => {
  const said = changeableOf(kind, spec as Record<string, unknown> | undefined);
  return {
    metadata: { rw: metadata?.rw ?? {} },
    ...defined({ freeSpace, spec: said }),
  };
};

/** A form leaves empty containers out. This restores them, so that the patch deletes only their members. */
const withContainers = (value: Record<string, unknown>): Record<string, unknown> => {
  const { metadata, spec, ...rest } = value as { metadata?: { rw?: object }; spec?: object };
  return { ...rest, metadata: { rw: metadata?.rw ?? {} }, ...defined({ spec: spec || undefined }) };
};

/** A patch that removes every field. */
const allNull = (fields: unknown): Record<string, null> =>
  Object.fromEntries(Object.keys(fields as object).map((name) => [name, null]));

/** Changes metadata and other changeable fields. It sends only differences. */
export const ElementEditor = ({
  element,
  onSave,
}: {
  readonly element: ReadElement;
  readonly onSave: (patch: ElementPatch) => Promise<void>;
}) => {
  const initial = shownOf(element);
  return (
    <details class="group">
      <summary>Edit</summary>
      <SchemaForm
        schema={(schemas) => editable(schemas, element)}
        initial={initial}
        submitLabel="Save"
        onSubmit={(value) => {
          const patch = mergePatch(initial, withContainers(value)) as Record<string, unknown> | undefined;
          // The service does not delete a specification as a whole, so this deletes each of its fields.
          const spec = patch?.spec === null ? allNull(initial.spec) : patch?.spec;
          return onSave({ ...patch, ...defined({ spec }) } as ElementPatch);
        }}
      />
    </details>
  );
};
