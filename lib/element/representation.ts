import { TaskportError } from '../errors.ts';
import { METADATA_KEY } from '../location/location.ts';
import type { Attributes, ElementRecord, ListItem } from './element.ts';
import type { Spec } from './kind-rules.ts';
import { formatMetadata, type Metadata, type MetadataJson } from './metadata.ts';

/** An element as the API shows it. */
export interface ElementJson<S = Spec> extends Partial<Attributes> {
  readonly id: string;
  readonly metadata?: { readonly ro?: MetadataJson; readonly rw?: MetadataJson };
  readonly spec?: S;
  /** Tasks that are associated with it. */
  readonly tasks?: readonly { readonly id: string }[];
}

const attributeOrder: readonly (keyof Attributes)[] = [
  'id',
  'kind',
  'location',
  'name',
  'parentId',
  'state',
  'revision',
  'checksum',
  'size',
  'unpackedSize',
  'freeSpace',
  'capacity',
  'resizedFrom',
  'problem',
  'createdAt',
  'createdBy',
  'modifiedAt',
  'modifiedBy',
];

/** Attributes in one order, since a store answers the members of a map in any. */
const ordered = (attributes: Attributes): Attributes =>
  Object.fromEntries(
    attributeOrder.flatMap((name) => (attributes[name] === undefined ? [] : [[name, attributes[name]]])),
  ) as unknown as Attributes;

/** Which parts of an element to show. */
export interface Fields {
  readonly attributes: boolean;
  readonly spec: boolean;
  /** Tasks that are associated with storage. */
  readonly tasks: boolean;
  /** What an executor is composed of; its record is another, and shown by who reads that. */
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
/** What a field may be, beside single keys such as `ro.os`. */
const FIELDS = ['attributes', 'ro', 'rw', 'spec', 'tasks', 'composition'];
const MAX_FIELDS = 100;

const refuse = (field: string, detail: string): TaskportError =>
  new TaskportError('invalid-filterspec', detail, { filter: field, indexed: [] });

/** Parses `attributes,ro.os,rw`; everything where nothing is said. Throws `invalid-filterspec`. */
export const parseFields = (text: string | undefined): Fields => {
  if (text === undefined) return EVERYTHING;
  const names = text.split(',');
  if (names.length > MAX_FIELDS) throw refuse(`${names.length} fields`, `fields names at most ${MAX_FIELDS}`);
  const keys: { ro: string[]; rw: string[] } = { ro: [], rw: [] };
  for (const name of names) {
    const [, map, key] = /^(ro|rw)\.(.*)$/s.exec(name) ?? [];
    if (map !== undefined && key !== undefined) {
      if (!METADATA_KEY.test(key)) throw refuse(name, `${key} is no metadata key`);
      keys[map as 'ro' | 'rw'].push(key);
    } else if (!FIELDS.includes(name)) {
      throw refuse(name, `a field is one of ${FIELDS.join(', ')}, or a key such as \`ro.os\``);
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

const pick = (metadata: Metadata, keys: true | readonly string[]): MetadataJson | undefined => {
  if (keys === true) return formatMetadata(metadata);
  if (keys.length === 0) return undefined;
  return formatMetadata(Object.fromEntries(Object.entries(metadata).filter(([key]) => keys.includes(key))));
};

/** Shows an element, or the parts of it that `fields` picks; its id always. */
export const present = (record: ElementRecord, fields: Fields = EVERYTHING): ElementJson => {
  const ro = pick(record.ro, fields.ro);
  const rw = pick(record.rw, fields.rw);
  return {
    ...(fields.attributes ? ordered(record.attributes) : { id: record.attributes.id }),
    ...(ro || rw ? { metadata: { ...(ro ? { ro } : {}), ...(rw ? { rw } : {}) } } : {}),
    ...(fields.spec && record.spec ? { spec: record.spec } : {}),
    ...(fields.tasks && record.tasks ? { tasks: record.tasks.map(({ id }) => ({ id })) } : {}),
  };
};

/** Shows an element of a list: its attributes and its indexed metadata. */
export const presentItem = ({ attributes, indexed }: ListItem): ElementJson => {
  const maps: { ro: MetadataJson; rw: MetadataJson } = { ro: {}, rw: {} };
  for (const [path, value] of Object.entries(indexed)) {
    maps[path.slice(0, 2) as 'ro' | 'rw'][path.slice(3)] = value;
  }
  return { ...ordered(attributes), metadata: maps };
};
