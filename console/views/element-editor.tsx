import type { ElementPatch, ReadElement } from '../../client/elements.ts';
import { defined } from '../../lib/defined.ts';
import { mergePatch } from '../forms/merge-patch.ts';
import type { Schema, Schemas } from '../forms/schema.ts';
import { SchemaForm } from '../forms/schema-form.tsx';

/** The field of a specification that a kind lets change. */
const CHANGEABLE: Readonly<Record<string, { readonly schema: string; readonly field: string }>> = {
  task: { schema: 'TaskSpec', field: 'annotations' },
  executor: { schema: 'ExecutorSpec', field: 'resources' },
};

/** What of an element can change, under the names that a patch has for it. */
const editable = (schemas: Schemas, { kind = 'log', capacity }: ReadElement): Schema => {
  const { freeSpace } = schemas.named('ElementPatch').properties ?? {};
  const changeable = CHANGEABLE[kind];
  const inSpec = changeable && schemas.named(changeable.schema).properties?.[changeable.field];
  return {
    type: 'object',
    properties: {
      metadata: {
        type: 'object',
        properties: {
          rw: { ...schemas.named('Metadata'), description: 'A key that is removed is deleted.' },
        },
      },
      ...defined({
        freeSpace: capacity !== undefined && freeSpace ? freeSpace : undefined,
        spec: changeable && inSpec && { type: 'object' as const, properties: { [changeable.field]: inSpec } },
      }),
    },
  };
};

const shownOf = ({ kind = 'log', metadata, freeSpace, spec }: ReadElement): Record<string, unknown> => {
  const field = CHANGEABLE[kind]?.field;
  const said = field === undefined ? undefined : (spec as Record<string, unknown> | undefined)?.[field];
  return {
    metadata: { rw: metadata?.rw ?? {} },
    ...defined({
      freeSpace,
      spec: field === undefined || said === undefined ? undefined : { [field]: said },
    }),
  };
};

/** What a form leaves out where nothing is left of it is empty, and not for the service to delete. */
const withContainers = (value: Record<string, unknown>): Record<string, unknown> => {
  const { metadata, spec, ...rest } = value as { metadata?: { rw?: object }; spec?: object };
  return { ...rest, metadata: { rw: metadata?.rw ?? {} }, ...defined({ spec: spec || undefined }) };
};

/** Changes metadata and what else may change; only what is different is sent. */
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
          // A specification as a whole cannot be taken away; what it said is.
          const spec =
            patch?.spec === null ? { [CHANGEABLE[element.kind ?? '']?.field ?? '']: null } : patch?.spec;
          return onSave({ ...patch, ...defined({ spec }) } as ElementPatch);
        }}
      />
    </details>
  );
};
