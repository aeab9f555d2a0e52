import { defined } from '../defined.ts';
import { TaskportError } from '../errors.ts';
import { inOrder } from '../in-order.ts';
import { METADATA_KEY } from '../location/location.ts';
import type { Shown } from '../shown.ts';
import type { Attributes, ElementRecord, ListItem } from './element.ts';
import { attributes } from './element-schema.ts';
import { formatMetadata, type Metadata } from './metadata.ts';
import type { element, MetadataJson } from './shown-element.ts';
import type { Spec } from './specs.ts';

/** An element as the API shows it. */
export type ElementJson<S = Spec> = Pick<Attributes, 'id'> &
  Partial<Omit<Shown<typeof element>, 'id' | 'spec'>> & { readonly spec?: S };

const ordered = (shown: Attributes): Attributes => inOrder(attributes, shown);

/** Which parts of an element to show. */
export interface Fields {
  readonly attributes: boolean;
  readonly spec: boolean;
  /** Tasks that are associated with storage. */
  readonly tasks: boolean;
  /** The composition of an executor, which is another record; the caller of this module reads and shows it. */
  readonly composition: boolean;
  /** All keys of the map, or the named ones. */
  readonly ro: true | readonly string[];
  readonly rw: true | readonly string[];
}

const EVERYTHING: Fields = {
  attributes: true,
  spec: true,
  tasks: true,
  composition: true,
  ro: true,
  rw: true,
};
/** The values of `fields`, besides single keys such as `ro.os`. */
const FIELDS = ['attributes', 'ro', 'rw', 'spec', 'tasks', 'composition'];
const MAX_FIELDS = 100;

const refuse = (field: string, detail: string): TaskportError =>
  new TaskportError('invalid-filterspec', detail, { filter: field, indexed: [] });

/** Parses `attributes,ro.os,rw`; absent means everything. Throws `invalid-filterspec`. */
export const parseFields = (text: string | undefined): Fields => {
  if (text === undefined) return EVERYTHING;
  const names = text.split(',');
  if (names.length > MAX_FIELDS)
    throw refuse(
      `${names.length} fields`,
      `\`fields\` takes at most ${MAX_FIELDS}: ask for whole maps, such as \`ro\``,
    );
  const keys: { ro: string[]; rw: string[] } = { ro: [], rw: [] };
  for (const name of names) {
    const [, map, key] = /^(ro|rw)\.(.*)$/s.exec(name) ?? [];
    if (map !== undefined && key !== undefined) {
      if (!METADATA_KEY.test(key))
        throw refuse(name, `${key} is no metadata key: use 1 to 128 letters, digits and inner \`._/-\``);
      keys[map as 'ro' | 'rw'].push(key);
    } else if (!FIELDS.includes(name)) {
      throw refuse(name, `there is no such field: use ${FIELDS.join(', ')}, or a key such as \`ro.os\``);
    }
  }
  return {
    attributes: names.includes('attributes'),
    spec: names.includes('spec'),
    tasks: names.includes('tasks'),
    composition: names.includes('composition'),
    ro: names.includes('ro') || keys.ro,
    rw: names.includes('rw') || keys.rw,
  };
};

/** The whole map, or the named keys that it has. Undefined instead of an empty map. */
const pick = (metadata: Metadata, keys: true | readonly string[]): MetadataJson | undefined => {
  if (keys === true) return formatMetadata(metadata);
  const picked = Object.entries(metadata).filter(([key]) => keys.includes(key));
  return picked.length === 0 ? undefined : formatMetadata(Object.fromEntries(picked));
};

/** The maps of metadata that are not empty. */
const shownMaps = (
  ro: MetadataJson | undefined,
  rw: MetadataJson | undefined,
): Pick<ElementJson, 'metadata'> => (ro || rw ? { metadata: defined({ ro, rw }) } : {});

/** The JSON form of an element, or the parts that `fields` selects; always with its ID. */
export const present = (record: ElementRecord, fields: Fields = EVERYTHING): ElementJson => {
  return {
    ...(fields.attributes ? ordered(record.attributes) : { id: record.attributes.id }),
    ...shownMaps(pick(record.ro, fields.ro), pick(record.rw, fields.rw)),
    ...defined({
      spec: fields.spec ? record.spec : undefined,
      tasks: fields.tasks && record.tasks ? record.tasks.map(({ id }) => ({ id })) : undefined,
    }),
  };
};

/** The attributes that a caller sees of an element that they changed but may not read. */
const receipt: readonly (keyof Attributes)[] = [
  ...(['id', 'kind', 'location', 'name', 'state', 'revision'] as const),
  ...(['createdAt', 'createdBy', 'modifiedAt', 'modifiedBy'] as const),
];

/** The JSON form of an element for a caller who changed it, but may not read it. */
export const presentReceipt = ({ attributes }: ElementRecord): ElementJson =>
  Object.fromEntries(receipt.map((name) => [name, attributes[name]])) as unknown as ElementJson;

/** The JSON form of an element in a list: its attributes and its indexed metadata. */
export const presentItem = ({ attributes, indexed }: ListItem): ElementJson => {
  const of = (map: 'ro' | 'rw'): MetadataJson | undefined => {
    const found = Object.entries(indexed).filter(([path]) => path.startsWith(`${map}.`));
    return found.length === 0
      ? undefined
      : Object.fromEntries(found.map(([path, value]) => [path.slice(3), value] as const).sort());
  };
  return { ...ordered(attributes), ...shownMaps(of('ro'), of('rw')) };
};
