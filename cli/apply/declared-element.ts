import { resolve } from 'node:path';
import { defined } from '../../lib/defined.ts';
import { parseElementRequest } from '../../lib/element/element-request.ts';
import { formatId, parseId, SCRATCH } from '../../lib/element/id.ts';
import { mergePatch } from '../../lib/element/merge-patch.ts';
import { formatMetadata, type Metadata, parseMetadata } from '../../lib/element/metadata.ts';
import type { MetadataJson } from '../../lib/element/shown-element.ts';
import { type Spec, type SpecSchema, specSchemaOf } from '../../lib/element/specs.ts';
import { invalidRequest, type TaskportError } from '../../lib/errors.ts';
import { isObject } from '../../lib/is-object.ts';
import { type Kind, pluralOf, rules } from '../../lib/kind/index.ts';
import { judgeSpec } from './judged-spec.ts';
import type { Names } from './meant-names.ts';

/** A document, or a part of it. */
export type Given = Readonly<Record<string, unknown>>;

/** A declared element. */
export interface DeclaredElement {
  readonly id: string;
  readonly kind: Kind;
  readonly parentId?: string;
  readonly freeSpace?: number | null;
  readonly checksum?: string;
  readonly ro: MetadataJson;
  /** `null` removes a key. */
  readonly rw: Readonly<Record<string, MetadataJson[string] | null>>;
  /** A merge patch: of the parent's specification for a new element, of its own for an existing one. */
  readonly spec?: Spec;
  readonly schema: SpecSchema;
  /** A path, or bytes. */
  readonly data?: string | { readonly base64: string };
  readonly tasks: readonly string[];
}

/** The context of a document. */
export interface Around {
  /** The directory to which its paths are relative. */
  readonly directory: string;
  readonly names: Names;
}

/** The metadata in the service's format. */
const mapsOf = ({
  ro = {},
  rw = {},
}: {
  ro?: Given;
  rw?: Given;
} = {}): Pick<DeclaredElement, 'ro' | 'rw'> => {
  const gone = Object.fromEntries(Object.entries(rw).filter(([, value]) => value === null));
  try {
    parseMetadata({ rw: gone }, [], true);
    const kept = parseMetadata({ ro, rw: mergePatch({}, rw) as Given }, [], false);
    const shown = (map: 'ro' | 'rw') => formatMetadata(kept[map] as Metadata);
    return { ro: shown('ro'), rw: { ...shown('rw'), ...(gone as Record<string, null>) } };
  } catch (error) {
    const { entries = [] } = (error as TaskportError).members as {
      entries?: { key: string; reason: string }[];
    };
    throw invalidRequest(...entries.map(({ key, reason }) => ({ path: `metadata.${key}`, message: reason })));
  }
};

const isParent = (kind: Kind, id: string): boolean =>
  id === SCRATCH
    ? rules[kind].fromScratch === true
    : rules[kind].parents.includes(parseId(id, 'parentId').kind);

export const readElement = async (
  kind: Kind,
  said: Given,
  { directory, names }: Around,
): Promise<DeclaredElement> => {
  const { id: text, parentId: parent, metadata, spec, data, freeSpace, checksum, tasks = [] } = said;
  const id = names.full(kind, text as string);
  const parentId = parent === undefined ? undefined : names.full(kind, parent as string);
  const { ro, rw } = mapsOf(metadata as Given | undefined);
  const inline = isObject(data) ? data : data === undefined ? undefined : { base64: '' };
  // The check of a new element reports all errors of the service with their places.
  parseElementRequest({
    id,
    ...defined({ parentId, checksum, freeSpace: freeSpace ?? undefined, data: inline }),
  });
  if (parseId(id, 'id').kind !== kind)
    throw invalidRequest({ path: 'id', message: `is not the ID of ${rules[kind].called}` });
  if (parentId !== undefined && !isParent(kind, parentId)) {
    const parents = pluralOf(rules[kind].parents);
    throw invalidRequest({
      path: 'parentId',
      message: `is none of ${rules[kind].called}: these have ${parents}`,
    });
  }
  const schema = await specSchemaOf(kind);
  if (spec !== undefined) judgeSpec(schema, spec, 'spec');
  const taskIds = (tasks as string[]).map((task, at) => {
    const path = `tasks[${at}]`;
    const parsed = parseId(names.full('task', task), path);
    if (rules[parsed.kind].joins !== 'run') throw invalidRequest({ path, message: 'is no ID of a task' });
    return formatId(parsed);
  });
  const given = typeof data === 'string' ? resolve(directory, data) : data;
  return {
    id,
    kind,
    ro,
    rw,
    schema,
    tasks: taskIds,
    ...(defined({ parentId, freeSpace, checksum, spec, data: given }) as object),
  };
};
