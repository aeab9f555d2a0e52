import { listReferrers } from '../../../lib/element/registry/reading.ts';
import type { Location } from '../../../lib/location/location.ts';
import { eachPage } from '../../../lib/page.ts';
import type { Principal } from '../../../lib/principal.ts';
import type { Dependencies } from '../../dependencies.ts';
import type { ApiContext } from '../request.ts';
import { isShownTo, nameUnknown, readableRepository } from './readable.ts';
import { RegistryError } from './registry-error.ts';
import { type Asked, readDigest } from './registry-path.ts';

/** The most items on a page, whatever the client requests. */
const MAX_LISTED = 1_000;
const INDEX = 'application/vnd.oci.image.index.v1+json';

/** The number of items on a page, and the item after which it begins. Throws `PAGINATION_NUMBER_INVALID`. */
const readPage = (c: ApiContext): { readonly limit: number; readonly last: string | undefined } => {
  const n = c.req.query('n');
  if (n !== undefined && !/^\d{1,9}$/.test(n)) {
    throw new RegistryError('PAGINATION_NUMBER_INVALID', '`n` is how many to list', { detail: { n } });
  }
  return { limit: Math.min(Number(n ?? MAX_LISTED), MAX_LISTED), last: c.req.query('last') };
};

/** Adds a link to the next page (RFC 8288), if there is one. */
const linkNext = (c: ApiContext, limit: number, last: string | undefined): void => {
  if (last === undefined) return;
  const query = new URLSearchParams({ n: String(limit), last });
  c.header('link', `<${c.req.path}?${query}>; rel="next"`);
};

/** Answers the tags of a repository, by name. */
export const answerTags = async (deps: Dependencies, c: ApiContext, asked: Asked): Promise<Response> => {
  const { location, name: repository } = await readableRepository(deps, c, asked);
  const { limit, last } = readPage(c);
  const page = await deps.tags.list(location, repository, {
    limit: Math.max(1, limit),
    ...after(last),
  });
  if (page.items.length === 0 && last === undefined) throw nameUnknown(asked.name);
  const tags = page.items.slice(0, limit).map(({ name }) => name);
  if (page.next !== undefined) linkNext(c, limit, tags.at(-1));
  return c.json({ name: asked.name, tags });
};

const after = (last: string | undefined) => (last === undefined ? {} : { after: last });

/** The most locations that one call reads: each takes a query of every shard of its tags. */
const MAX_LOOKED_INTO = 50;
/** Sorts after every name. */
const END = '~';

/** A place in the catalog; one without a repository is the end of a location. */
interface Place {
  readonly last: string;
  readonly isRepository: boolean;
}

/** The repositories with tags that the caller may read, from a place on: by location, then by name. */
async function* placesAfter(
  { known, locations, tags }: Dependencies,
  principal: Principal,
  last: string | undefined,
): AsyncGenerator<Place, void> {
  const within = async function* (
    location: Location | undefined,
    from?: string,
  ): AsyncGenerator<Place, void> {
    if (!location || from === END || !isShownTo(location, principal)) return;
    const read = (place?: string) =>
      tags.repositories(location.name, { limit: MAX_LISTED, ...after(place) });
    for await (const { items } of eachPage(read, from))
      for (const name of items) yield { last: `${location.name}/${name}`, isRepository: true };
    yield { last: `${location.name}/${END}`, isRepository: false };
  };
  const [first, name] = last?.split('/') ?? [];
  if (first !== undefined) yield* within(await known.find(first), name);
  for await (const { items } of eachPage((from) => locations.list(MAX_LISTED, from), first))
    for (const location of items) yield* within(location);
}

/** Answers the repositories of all locations that the caller may read. */
export const answerCatalog = async (deps: Dependencies, c: ApiContext): Promise<Response> => {
  const { limit, last: begin } = readPage(c);
  const repositories: string[] = [];
  let reached = begin;
  let looked = 0;
  for await (const { last, isRepository } of placesAfter(deps, c.get('caller').principal, begin)) {
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

/** Answers an index of the contents that refer to a digest as their subject, which need not exist. */
export const answerReferrers = async (deps: Dependencies, c: ApiContext, asked: Asked): Promise<Response> => {
  const repository = await readableRepository(deps, c, asked);
  const all = await listReferrers(deps, repository, readDigest(asked.reference ?? ''));
  const artifactType = c.req.query('artifactType');
  if (artifactType !== undefined) c.header('oci-filters-applied', 'artifactType');
  const manifests = all.filter((each) => artifactType === undefined || each.artifactType === artifactType);
  return c.body(JSON.stringify({ schemaVersion: 2, mediaType: INDEX, manifests }), 200, {
    'content-type': INDEX,
  });
};
