import type { ComponentChild } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { reopen } from './api.ts';
import { TokenForm } from './parts/token-form.tsx';
import { links, parseRoute, type Route } from './route.ts';
import { CompositionView } from './views/composition.tsx';
import { ElementView } from './views/element.tsx';
import { EventsView } from './views/events.tsx';
import { LineageView } from './views/lineage.tsx';
import { LocationView } from './views/location.tsx';
import { NewElementView } from './views/new-element.tsx';
import { NewLocationView } from './views/new-location.tsx';
import { Overview } from './views/overview.tsx';
import { UnknownView } from './views/unknown.tsx';

const show = (route: Route): ComponentChild => {
  switch (route.view) {
    case 'overview':
      return <Overview />;
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

/** The whole page: where one is, what is there, and who one is. */
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
  const isOverview = route.view === 'overview';
  const skip = () => document.querySelector<HTMLElement>('main h1')?.focus();
  return (
    <>
      <button type="button" class="skip" onClick={skip}>
        Skip to content
      </button>
      <header>
        <a class="brand" href={links.overview}>
          Taskport
        </a>
        <nav aria-label="Views">
          <a
            href={links.overview}
            aria-current={isOverview ? 'page' : undefined}
            // Going to where one is asks what is there by now.
            onClick={() => isOverview && showAnew()}
          >
            Locations
          </a>
          <a href={links.events} aria-current={route.view === 'events' ? 'page' : undefined}>
            Events
          </a>
        </nav>
        <TokenForm
          onChange={() => {
            reopen();
            showAnew();
          }}
        />
      </header>
      <main key={round}>{show(route)}</main>
    </>
  );
};
