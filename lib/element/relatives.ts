import { decodeCursor, encodeCursor } from '../cursor.ts';
import { defined } from '../defined.ts';
import type { Page } from '../page.ts';
import type { Principal } from '../principal.ts';
import type { ElementDependencies } from './dependencies.ts';
import type { ListItem } from './element.ts';
import { type ElementId, formatId } from './id.ts';
import { locate, notFound } from './located.ts';
import { isMemberId } from './member-id.ts';
import { type PageJson, readable } from './page.ts';
import { readElement } from './read-element.ts';
import { throughTag } from './registry/meant-element.ts';
import { type ElementJson, presentItem } from './representation.ts';
import type { Reference } from './shown-element.ts';

type Dependencies = Pick<ElementDependencies, 'known' | 'elements' | 'tags'>;

interface PageRequest {
  readonly limit: number;
  readonly cursor?: string;
}

/** A cursor of the list of an element's references. */
export const referencesCursor = (id: string, after: string): string =>
  encodeCursor(['references', id], after);

const hiddenCount = (hidden: number): { hidden?: number } => (hidden > 0 ? { hidden } : {});

/** The layers to which an element refers, the top one first, each once. */
const layerIds = ({ layers = [] }: { readonly layers?: readonly { readonly id: string }[] }): string[] => [
  ...new Set(layers.map(({ id }) => id).toReversed()),
];

/**
 * The elements on which an element is based, the nearest first: its ancestors, and its layers. Throws
 * `unknown-location`, `not-found`.
 */
export const readLineage = async (
  deps: Dependencies,
  principal: Principal,
  id: ElementId,
): Promise<PageJson<ElementJson>> => {
  const record = await readElement(deps, principal, id);
  const ancestors = await deps.elements.getMany(record.ancestors);
  const ids = [record, ...ancestors].flatMap(layerIds);
  const layers = new Map(
    (await deps.elements.getMany([...new Set(ids)])).map((item) => [item.attributes.id, item]),
  );
  const layersIn = (one: Parameters<typeof layerIds>[0]) =>
    layerIds(one).flatMap((id) => layers.get(id) ?? []);
  const found = [...layersIn(record), ...ancestors.flatMap((ancestor) => [ancestor, ...layersIn(ancestor)])];
  const { items, hidden } = await readable(deps.known, principal, found, (item) => item.attributes.id);
  return { items: items.map(presentItem), ...hiddenCount(hidden) };
};

/** A page of the children of an element. Throws `unknown-location`, `not-found`, `invalid-request`. */
export const listChildren = (
  deps: Dependencies,
  principal: Principal,
  id: ElementId,
  request: PageRequest,
): Promise<PageJson<ElementJson>> =>
  listRelatives(deps, principal, id, request, {
    query: 'children',
    read: (of, limit, after) => deps.elements.children(of, limit, after),
    idOf: (item: ListItem) => item.attributes.id,
    show: presentItem,
  });

/** A page of the references to an element, which keep it from being deleted. Throws as `listChildren`. */
export const listReferences = (
  deps: Dependencies,
  principal: Principal,
  id: ElementId,
  request: PageRequest,
): Promise<PageJson<Reference>> =>
  listRelatives(deps, principal, id, request, {
    query: 'references',
    read: (of, limit, after) => deps.elements.references(of, limit, after),
    idOf: (reference: Reference) => reference.id,
    show: (reference) => reference,
  });

const listRelatives = async <T, J>(
  deps: Dependencies,
  principal: Principal,
  id: ElementId,
  { limit, cursor }: PageRequest,
  list: {
    readonly query: string;
    readonly read: (of: string, limit: number, after?: string) => Promise<Page<T>>;
    readonly idOf: (item: T) => string;
    readonly show: (item: T) => J;
  },
): Promise<PageJson<J>> => {
  const query = [list.query, formatId(id)];
  const after = decodeCursor(query, cursor, isMemberId);
  await locate(deps.known, principal, id, 'read');
  const page = await throughTag(deps.tags, id, async (meant) => {
    const of = formatId(meant);
    const [found, record] = await Promise.all([list.read(of, limit, after), deps.elements.get(of)]);
    if (!record) throw notFound(meant);
    return found;
  });
  const { items, hidden } = await readable(deps.known, principal, page.items, list.idOf);
  return {
    items: items.map(list.show),
    ...hiddenCount(hidden),
    ...defined({ cursor: page.next === undefined ? undefined : encodeCursor(query, page.next) }),
  };
};
