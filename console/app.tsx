import type { ComponentChild } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { defined } from '../lib/defined.ts';
import { type StorageKind, storageKinds } from '../lib/kind/index.ts';
import { reopen } from './api.ts';
import { later } from './parts/later.tsx';
import { TokenForm } from './parts/token-form.tsx';
import { links, parseRoute, partsOfId, type Route } from './route.ts';
import { isLocal, readToken } from './session.ts';
import { EventsView } from './views/events.tsx';
import { KeptView } from './views/kept.tsx';
import { LocationsView } from './views/locations.tsx';
import { RunView } from './views/run.tsx';
import { RunsView } from './views/runs.tsx';
import { UnknownView } from './views/unknown.tsx';

const CompositionView = later(({ CompositionView }) => CompositionView);
const ElementView = later(({ ElementView }) => ElementView);
const LineageView = later(({ LineageView }) => LineageView);
const LocationView = later(({ LocationView }) => LocationView);
const NewElementView = later(({ NewElementView }) => NewElementView);
const NewLocationView = later(({ NewLocationView }) => NewLocationView);
const NewRunView = later(({ NewRunView }) => NewRunView);

const show = (route: Route): ComponentChild => {
  switch (route.view) {
    case 'runs':
      return <RunsView />;
    case 'new-run':
      return <NewRunView />;
    case 'run':
      return (
        <RunView
          key={`${route.executorId} ${route.taskId}`}
          executorId={route.executorId}
          taskId={route.taskId}
        />
      );
    case 'images':
      return <KeptView kind="image" {...defined({ location: route.location })} />;
    case 'volumes':
      return <KeptView kind="volume" {...defined({ location: route.location })} />;
    case 'locations':
      return <LocationsView />;
    case 'events':
      return <EventsView />;
    case 'new-location':
      return <NewLocationView />;
    case 'location':
      return <LocationView key={route.location} name={route.location} />;
    case 'new-element':
      return <NewElementView key={route.location} location={route.location} />;
    case 'element':
      return <ElementView key={route.id} id={route.id} />;
    case 'lineage':
      return <LineageView key={route.id} id={route.id} />;
    case 'composition':
      return <CompositionView key={route.id} id={route.id} />;
    default:
      return <UnknownView />;
  }
};

/** The navigation, and the views below each entry. */
const VIEWS: readonly {
  readonly label: string;
  readonly to: string;
  readonly views: readonly Route['view'][];
}[] = [
  { label: 'Runs', to: links.runs, views: ['runs', 'run', 'new-run'] },
  { label: 'Images', to: links.images, views: ['images'] },
  { label: 'Volumes', to: links.volumes, views: ['volumes'] },
  {
    label: 'Locations',
    to: links.locations,
    views: ['locations', 'location', 'new-location', 'new-element', 'element', 'lineage', 'composition'],
  },
  { label: 'Events', to: links.events, views: ['events'] },
];

/** A view of an element belongs to the list of its kind, if there is one. */
const isWithin = (route: Route, views: readonly Route['view'][]): boolean => {
  const kind = 'id' in route ? partsOfId(route.id).kind : undefined;
  if (storageKinds.some((each) => each === kind)) return views.includes(`${kind as StorageKind}s`);
  return views.includes(route.view);
};

/** The whole page: the navigation, the view, and the caller. */
export const App = () => {
  const [hash, setHash] = useState(window.location.hash);
  const [round, setRound] = useState(0);
  useEffect(() => {
    const follow = () => setHash(window.location.hash);
    window.addEventListener('hashchange', follow);
    return () => window.removeEventListener('hashchange', follow);
  }, []);
  const route = parseRoute(hash);
  const showAnew = () => setRound((before) => before + 1);
  const skip = () => document.querySelector<HTMLElement>('main h1')?.focus();
  return (
    <>
      <button type="button" class="skip" onClick={skip}>
        Skip to content
      </button>
      <header>
        <div class="bar">
          <a class="brand" href={links.runs}>
            Taskport
          </a>
          <nav aria-label="Views">
            {VIEWS.map(({ label, to, views }) => (
              <a
                key={to}
                href={to}
                aria-current={isWithin(route, views) ? 'page' : undefined}
                // A link to the present view reads its data again.
                onClick={() => hash.split('?')[0] === to && showAnew()}
              >
                {label}
              </a>
            ))}
          </nav>
          {(!isLocal() || readToken() !== undefined) && (
            <TokenForm
              onChange={() => {
                reopen();
                showAnew();
              }}
            />
          )}
        </div>
      </header>
      <main key={round}>{show(route)}</main>
    </>
  );
};
