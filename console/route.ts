import type { Kind } from '../lib/kind/index.ts';

/** Every view by what its URL names. It stands behind the `#`, so that one file serves all of them. */
export type Route =
  | { readonly view: 'overview' | 'events' | 'new-location' | 'unknown' }
  | { readonly view: 'location' | 'new-element'; readonly location: string }
  | { readonly view: 'element' | 'lineage' | 'composition'; readonly id: string };

const OF_ELEMENTS = ['element', 'lineage', 'composition'] as const;
const OF_LOCATIONS = ['location', 'new-element'] as const;

const decode = (text: string): string => {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
};

/** The view that a URL's hash names. */
export const parseRoute = (hash: string): Route => {
  const [path = ''] = hash.replace(/^#?\/?/, '').split('?');
  const [view = '', ...parts] = path.split('/').map(decode);
  if (view === '') return { view: 'overview' };
  if (parts.length === 0 && (view === 'events' || view === 'new-location')) return { view };
  const ofLocation = OF_LOCATIONS.find((each) => each === view);
  if (ofLocation && parts.length === 1) return { view: ofLocation, location: parts[0] as string };
  const ofElement = OF_ELEMENTS.find((each) => each === view);
  if (ofElement && parts.length === 3) {
    return { view: ofElement, id: `${parts[0]}://${parts[1]}/${parts[2]}` };
  }
  return { view: 'unknown' };
};

/** What of a view stands in its URL too, so that it is shared with it: filters. */
export const parseQuery = (hash: string): URLSearchParams => new URLSearchParams(hash.split('?')[1] ?? '');

const link = (...parts: readonly string[]): string => `#/${parts.map(encodeURIComponent).join('/')}`;

export interface IdParts {
  readonly kind: Kind;
  readonly location: string;
  readonly name: string;
}

/** The parts of an ID, which the service has made. */
export const partsOfId = (id: string): IdParts => {
  const [, kind = '', location = '', name = ''] = /^([a-z]+):\/\/([^/]*)\/(.*)$/.exec(id) ?? [];
  return { kind: kind as Kind, location, name };
};

const linkToElement =
  (view: (typeof OF_ELEMENTS)[number]) =>
  (id: string): string => {
    // An inline task is shown with its executor.
    const { kind, location, name } = partsOfId(id.replace(/\/tasks\/[^/]+$/, ''));
    return link(view, kind, location, name);
  };

export const links = {
  overview: '#/',
  events: '#/events',
  newLocation: '#/new-location',
  location: (name: string) => link('location', name),
  newElement: (location: string) => link('new-element', location),
  element: linkToElement('element'),
  lineage: linkToElement('lineage'),
  composition: linkToElement('composition'),
} as const;

/** Goes to a view, as a link to it does. */
export const goTo = (to: string): void => {
  window.location.hash = to;
};
