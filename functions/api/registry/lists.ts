import { defined } from '../../../lib/defined.ts';
import type { Descriptor } from '../../../lib/element/registry/descriptor.ts';
import { listReferrers } from '../../../lib/element/registry/reading.ts';
import { LOCATION_NAME, type Location } from '../../../lib/location/location.ts';
import { eachPage } from '../../../lib/page.ts';
import type { Principal } from '../../../lib/principal.ts';
import type { Dependencies } from '../../dependencies.ts';
import type { ApiContext } from '../request.ts';
import { isShownTo, nameUnknown, readableRepository } from './readable.ts';
import { RegistryError } from './registry-error.ts';
import { type Asked, readDigest } from './registry-path.ts';

/** The most items on a page, whatever the client requests. */
const MAX_LISTED = 1_000;
/** The most characters of the items of lists. */
const [MAX_LOCATION, MAX_REPOSITORY, MAX_TAG, MAX_DIGEST] = [63, 255, 128, 71];
const INDEX = 'application/vnd.oci.image.index.v1+json';

/** The number of items on a page, and the item after which it begins. Throws `PAGINATION_NUMBER_INVALID`. */
const readPage = (c: ApiContext): { readonly limit: number; readonly last: string | undefined } => {
  const n = c.req.query('n');
  if (n !== undefined && !/^\d{1,9}$/.test(n)) {
    throw new RegistryError(
      'PAGINATION_NUMBER_INVALID',
      '`n` must be the maximum number of items on a page, with at most nine digits',
      { detail: { n } },
    );
  }
  return { limit: Math.min(Number(n ?? MAX_LISTED), MAX_LISTED), last: c.req.query('last') };
};

/**
 * The beginning of a place, which decides its position in a list, since no item is longer. A client may send any
 * text, and stores accept no empty and no long text.
 */
const beginningOf = (place: string | undefined, longest: number): string | undefined =>
  place?.slice(0, longest + 1) || undefined;

/** Adds a link to the next page (RFC 8288), if there is one. */
const linkNext = (
  c: ApiContext,
  limit: number,
  last: string | undefined,
  filter: Record<string, string> = {},
): void => {
  if (last === undefined) return;
  const query = new URLSearchParams({ ...filter, n: String(limit), last });
  c.header('link', `<${c.req.path}?${query}>; rel="next"`);
};

/** Answers the tags of a repository, by name. */
export const answerTags = async (deps: Dependencies, c: ApiContext, asked: Asked): Promise<Response> => {
  const { location, name: repository } = await readableRepository(deps, c, asked);
  const { limit, last } = readPage(c);
  const after = beginningOf(last, MAX_TAG);
  const page = await deps.tags.list(location, repository, defined({ limit: Math.max(1, limit), after }));
  if (page.items.length === 0 && after === undefined) throw nameUnknown(asked.name);
  const tags = page.items.slice(0, limit).map(({ name }) => name);
  if (page.next !== undefined) linkNext(c, limit, tags.at(-1));
  return c.json({ name: asked.name, tags });
};

/**
 * The most locations, and pages of locations, that one call reads to their ends. For each location the service
 * queries every shard of its tags.
 */
const MAX_LOOKED_INTO = 50;
/** Sorts after every name. */
const END = '~';

/** A place in the catalog; one without a repository is the end of a location. */
interface Place {
  readonly last: string;
  readonly isRepository: boolean;
}

/**
 * The repositories with tags that the caller may read, from a place on: by location, then by name. Each end of a
 * location or a page is a place too, because it costs queries even if it has no repository.
 */
async function* placesAfter(
  { known, locations, tags }: Dependencies,
  principal: Principal,
  limit: number,
  last: string | undefined,
): AsyncGenerator<Place, void> {
  const endOf = (location: string): Place => ({ last: `${location}/${END}`, isRepository: false });
  const within = async function* (
    location: Location | undefined,
    from?: string,
  ): AsyncGenerator<Place, void> {
    if (!location || from === END || !isShownTo(location, principal)) return;
    const { name } = location;
    for await (const { items } of eachPage(
      (after) => tags.repositories(name, defined({ limit, after })),
      from,
    ))
      for (const repository of items) yield { last: `${name}/${repository}`, isRepository: true };
    yield endOf(name);
  };
  const [location, repository] = last?.split('/') ?? [];
  const first = beginningOf(location, MAX_LOCATION);
  if (first !== undefined && LOCATION_NAME.test(first))
    yield* within(await known.find(first), beginningOf(repository, MAX_REPOSITORY));
  for await (const { items, next } of eachPage((after) => locations.list(MAX_LISTED, after), first)) {
    for (const each of items) yield* within(each);
    if (next !== undefined) yield endOf(next);
  }
}

/** Answers the repositories of all locations that the caller may read. */
export const answerCatalog = async (deps: Dependencies, c: ApiContext): Promise<Response> => {
  const { limit, last: begin } = readPage(c);
  const repositories: string[] = [];
  let reached = begin;
  let looked = 0;
  const places = placesAfter(deps, c.get('caller').principal, limit + 1, begin);
  for await (const { last, isRepository } of places) {
    if ((isRepository && repositories.length === limit) || looked === MAX_LOOKED_INTO) {
      if (limit > 0) linkNext(c, limit, reached);
      break;
    }
    reached = last;
    if (isRepository) repositories.push(last);
    else looked += 1;
  }
  return c.json({ repositories });
};

/** The most pages of referrers that one call reads until it finds one of the requested type. */
const MAX_PAGES = 4;

/**
 * Answers an index of the contents that refer to a digest as their subject, which need not exist. A page of the
 * store always fits into an answer: it has 1 MiB at most.
 */
export const answerReferrers = async (deps: Dependencies, c: ApiContext, asked: Asked): Promise<Response> => {
  const repository = await readableRepository(deps, c, asked);
  const digest = readDigest(asked.reference ?? '');
  const { limit, last } = readPage(c);
  const artifactType = c.req.query('artifactType');
  if (artifactType !== undefined) c.header('oci-filters-applied', 'artifactType');
  const rows = artifactType === undefined ? Math.max(1, limit) : MAX_LISTED;
  const read = (after: string | undefined) =>
    listReferrers(deps, repository, digest, defined({ limit: rows, after }));
  const found: Descriptor[] = [];
  let reached: string | undefined;
  let pages = 0;
  for await (const { items, next } of eachPage(read, beginningOf(last, MAX_DIGEST))) {
    found.push(...items.filter((each) => artifactType === undefined || each.artifactType === artifactType));
    reached = next;
    pages += 1;
    if (found.length > 0 || pages === MAX_PAGES) break;
  }
  const manifests = found.slice(0, limit);
  const end = found.length > limit ? manifests.at(-1)?.digest : reached;
  if (limit > 0) linkNext(c, limit, end, defined({ artifactType }));
  return c.body(JSON.stringify({ schemaVersion: 2, mediaType: INDEX, manifests }), 200, {
    'content-type': INDEX,
  });
};
