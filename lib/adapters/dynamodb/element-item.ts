import { defined } from '../../defined.ts';
import type { Attributes, ElementRecord, ListItem } from '../../element/element.ts';
import { SCRATCH } from '../../element/id.ts';
import { decodeText, type Metadata } from '../../element/metadata.ts';
import type { Spec } from '../../element/specs.ts';
import type { Location } from '../../location/location.ts';
import type { Caller } from '../../principal.ts';
import type { Item } from './engine/expression.ts';
import { due, elementKey, listPartition } from './keys.ts';
import { packLayers, unpackLayers } from './packed-layers.ts';
import { slotAttribute } from './table-schema.ts';
import { expiring, GONE_SECONDS } from './time-to-live.ts';

type Place = Pick<Location, 'kind' | 'name'>;

/** The key of the list of a location's elements. A list is in one partition of its index, or in several. */
export const listKey = ({ kind, name }: Place): string => `${kind}://${name}`;
export const stateKey = (location: Place, state: string): string => `${listKey(location)}#${state}`;
/** The list key of elements without a parent. Each location has its own. */
export const scratchKey = (location: Place): string => `${SCRATCH}${listKey(location)}`;
export const indexedKey = (location: Place, key: string, value: string): string =>
  `${listKey(location)}#${key}=${value}`;

/** The indexed keys of a location and the index slot that each has. */
export const slotsOf = (
  location: Location,
): { key: string; map: 'ro' | 'rw'; name: string; attribute: string }[] =>
  (location.indexed ?? []).map((key, slot) => ({
    key,
    map: key.slice(0, 2) as 'ro' | 'rw',
    name: key.slice(3),
    attribute: slotAttribute(slot),
  }));

/** The row of an element; `request` is the request that writes it. */
export const toItem = (record: ElementRecord, location: Location, request: string): Item => {
  const { attributes, ro, rw, spec, incarnation, ancestors, base, parentReference, blob, upload, dueAt } =
    record;
  const { writableUntil, tasks, layer, layers, below, made, oci, reading } = record;
  const { parentId } = attributes;
  const key = elementKey(attributes.id);
  const partition = (list: string) => listPartition(list, attributes.name, location.listShards);
  const indexed: Record<string, string> = {};
  const slots: Record<string, string> = {};
  for (const slot of slotsOf(location)) {
    const bytes = Object.hasOwn(record[slot.map], slot.name) ? record[slot.map][slot.name] : undefined;
    const text = bytes && decodeText(bytes);
    if (text === undefined) continue;
    indexed[slot.key] = text;
    slots[slot.attribute] = partition(indexedKey(location, slot.key, text));
  }
  return {
    ...key,
    row: 'element',
    id: attributes.id,
    name: attributes.name,
    listKey: partition(listKey(location)),
    stateKey: partition(stateKey(location, attributes.state)),
    ...defined({ parentKey: parentId === SCRATCH ? partition(scratchKey(location)) : parentId }),
    ...slots,
    ...(dueAt === undefined ? {} : due(key, dueAt)),
    attributes,
    indexed,
    ro,
    rw,
    ...defined({ spec: spec && JSON.stringify(spec), tasks: tasks && tasks.length > 0 ? tasks : undefined }),
    incarnation,
    ancestors,
    ...defined({ base, attempt: parentReference, blob, layer, layers, made, reading, writableUntil, upload }),
    ...defined({ below: below && packLayers(below), oci: oci && JSON.stringify(oci) }),
    request,
  };
};

/** The element that a row keeps; undefined if there is no row, or if it is the row of a deleted element. */
export const toRecord = (item: Item | undefined): ElementRecord | undefined => {
  if (item?.incarnation === undefined) return undefined;
  const { attributes, ro, rw, spec, incarnation, ancestors, base, attempt, blob, upload, dueAt } = item;
  const { writableUntil, tasks, layer, layers, below, made, oci, reading } = item;
  return defined({
    attributes: attributes as Attributes,
    ro: ro as Metadata,
    rw: rw as Metadata,
    spec: spec === undefined ? undefined : (JSON.parse(spec as string) as Spec),
    tasks: tasks as ElementRecord['tasks'],
    incarnation: incarnation as string,
    ancestors: ancestors as string[],
    base: base as ElementRecord['base'],
    parentReference: attempt as string | undefined,
    blob: blob as string | undefined,
    layer: layer as ElementRecord['layer'],
    layers: layers as ElementRecord['layers'],
    below: below === undefined ? undefined : unpackLayers(below as string),
    made: made as ElementRecord['made'],
    reading: reading as ElementRecord['reading'],
    oci: oci === undefined ? undefined : JSON.parse(oci as string),
    writableUntil: writableUntil as string | undefined,
    upload: upload as ElementRecord['upload'],
    dueAt: dueAt as string | undefined,
  });
};

/**
 * The row that replaces that of a deleted element: its name is free, and the change in the stream names who
 * deleted it.
 */
export const toGoneItem = ({ attributes, incarnation }: ElementRecord, caller: Caller): Item => ({
  ...elementKey(attributes.id),
  row: 'gone',
  formerIncarnation: incarnation,
  attributes: {
    id: attributes.id,
    kind: attributes.kind,
    location: attributes.location,
    revision: attributes.revision + 1,
    createdAt: attributes.createdAt,
    modifiedAt: new Date().toISOString(),
    modifiedBy: caller.principal,
  },
  request: caller.requestId,
  ...expiring(GONE_SECONDS),
});

/** The part of a row, or of its projection into an index, that a list shows. */
export const toListItem = (item: Item): ListItem =>
  defined({
    attributes: item.attributes as Attributes,
    indexed: item.indexed as ListItem['indexed'],
    layers: item.layers as ListItem['layers'],
  });
