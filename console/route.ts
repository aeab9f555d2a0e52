import type { Kind } from '../lib/kind/index.ts';

const PLAIN = ['events', 'locations', 'new-location', 'new-run', 'images', 'volumes'] as const;
const OF_ELEMENTS = ['element', 'lineage', 'composition'] as const;
const OF_LOCATIONS = ['location', 'new-element', 'images', 'volumes'] as const;

/** The views and their parameters. They are behind the `#`, so that one file serves all views. */
export type Route =
  | { readonly view: 'runs' | 'unknown' }
  | { readonly view: (typeof PLAIN)[number]; readonly location?: undefined }
  | { readonly view: (typeof OF_LOCATIONS)[number]; readonly location: string }
  | { readonly view: (typeof OF_ELEMENTS)[number]; readonly id: string }
  | { readonly view: 'run'; readonly executorId: string; readonly taskId: string };

const decode = (text: string): string => {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
};

/** The view for the hash of a URL. */
export const parseRoute = (hash: string): Route => {
  const [path = ''] = hash.replace(/^#?\/?/, '').split('?');
  const [view = '', ...parts] = path.split('/').map(decode);
  if (view === '') return { view: 'runs' };
  const plain = PLAIN.find((each) => each === view);
  if (plain && parts.length === 0) return { view: plain };
  const ofLocation = OF_LOCATIONS.find((each) => each === view);
  if (ofLocation && parts.length === 1) return { view: ofLocation, location: parts[0] as string };
  const ofElement = OF_ELEMENTS.find((each) => each === view);
  if (ofElement && parts.length === 3) {
    return { view: ofElement, id: `${parts[0]}://${parts[1]}/${parts[2]}` };
  }
  if (view === 'run' && parts.length === 3) {
    const executorId = `executor://${parts[0]}/${parts[1]}`;
    const task = parts[2] as string;
    return { view, executorId, taskId: task.includes('://') ? task : `${executorId}/tasks/${task}` };
  }
  return { view: 'unknown' };
};

/** The filters of a view. They are in its URL, so that a shared link has them. */
export const parseQuery = (hash: string): URLSearchParams => new URLSearchParams(hash.split('?')[1] ?? '');

const link = (...parts: readonly string[]): string => `#/${parts.map(encodeURIComponent).join('/')}`;

export interface IdParts {
  readonly kind: Kind;
  readonly location: string;
  readonly name: string;
}

/** The parts of an ID from the service. */
export const partsOfId = (id: string): IdParts => {
  const [, kind = '', location = '', name = ''] = /^([a-z]+):\/\/([^/]*)\/(.*)$/.exec(id) ?? [];
  return { kind: kind as Kind, location, name };
};

/** An ID without its kind, as people type it. */
export const shortOf = (id: string): string => id.replace(/^[a-z]+:\/\//, '');

const INLINE = /^(executor:.*)\/tasks\/([^/]+)$/;

/** The name of a run: its executor, and its task unless it is the only one. */
export const nameOfRun = ({ executorId, id }: { executorId: string; id: string }): string => {
  const { name } = partsOfId(executorId);
  const [, , task = shortOf(id)] = INLINE.exec(id) ?? [];
  return task === 'main' ? name : `${name} · ${task}`;
};

const linkToRun = (executorId: string, taskId: string): string => {
  const { location, name } = partsOfId(executorId);
  const [, of, task] = INLINE.exec(taskId) ?? [];
  return link('run', location, name, of === executorId && task !== undefined ? task : taskId);
};

const linkToElement =
  (view: (typeof OF_ELEMENTS)[number]) =>
  (id: string): string => {
    // An inline task leads to the run of its executor.
    const [, executorId] = INLINE.exec(id) ?? [];
    if (executorId !== undefined && view === 'element') return linkToRun(executorId, id);
    const { kind, location, name } = partsOfId(executorId ?? id);
    return link(view, kind, location, name);
  };

export const links = {
  runs: '#/',
  newRun: '#/new-run',
  again: (executorId: string) => `#/new-run?${new URLSearchParams({ again: executorId })}`,
  images: '#/images',
  volumes: '#/volumes',
  locations: '#/locations',
  events: '#/events',
  newLocation: '#/new-location',
  of: (view: 'images' | 'volumes', name: string) => link(view, name),
  location: (name: string) => link('location', name),
  newElement: (location: string) => link('new-element', location),
  element: linkToElement('element'),
  lineage: linkToElement('lineage'),
  composition: linkToElement('composition'),
  run: linkToRun,
} as const;

/** Goes to a view, like a link. */
export const goTo = (to: string): void => {
  window.location.hash = to;
};

/** Keeps filters in the URL, without a new entry in the history. */
export const keepQuery = (query: URLSearchParams): void => {
  const [path = '#/'] = window.location.hash.split('?');
  const said = query.toString();
  window.history.replaceState(null, '', `${path || '#/'}${said === '' ? '' : `?${said}`}`);
};
