import { useState } from 'preact/hooks';
import { rules } from '../../lib/kind/index.ts';
import type { Location } from '../../lib/location/location.ts';
import { api } from '../api.ts';
import { Command } from '../parts/command.tsx';
import { Heading } from '../parts/heading.tsx';
import { Loading } from '../parts/loading.tsx';
import { links } from '../route.ts';
import { useLoad } from '../use-load.ts';
import { ElementList } from './element-list.tsx';
import { FilterForm } from './filter-form.tsx';
import { TagList } from './tag-list.tsx';

const PUSH = {
  image: (location: string) => `docker save app:1 | taskport image push ${location}/app:1 -`,
  volume: (location: string) => `taskport volume push ${location}/data ./directory`,
};

const Of = ({ location }: { readonly location: Location }) => {
  const { kind, name } = location;
  const [filter, setFilter] = useState<readonly string[]>([]);
  return (
    <>
      {kind === 'image' && <TagList location={name} />}
      <section class="card" aria-labelledby="all">
        <h2 id="all">
          {kind === 'image' ? 'All images and layers' : 'All volumes'} in{' '}
          <a href={links.location(name)}>{name}</a>
        </h2>
        <FilterForm location={location} filter={filter} onChange={setFilter} />
        <ElementList location={location} filter={filter} />
      </section>
      <section class="card" aria-labelledby="push">
        <h2 id="push">Put something in</h2>
        <Command text={PUSH[kind === 'image' ? 'image' : 'volume'](name)} />
        <p>
          Or <a href={links.newElement(name)}>do it by a form</a>.
        </p>
      </section>
    </>
  );
};

/** The images, or the volumes, of one location at a time. */
export const KeptView = ({
  kind,
  location,
}: {
  readonly kind: 'image' | 'volume';
  readonly location?: string;
}) => {
  const { plural } = rules[kind];
  const locations = useLoad((signal) => api.locations.list({ signal, limit: 1000 }).all(), []);
  return (
    <>
      <Heading title={kind === 'image' ? 'Images' : 'Volumes'} />
      <Loading of={locations}>
        {(all) => {
          const found = all.filter((each) => each.kind === kind);
          const shown = found.find(({ name }) => name === location) ?? found[0];
          if (!shown) {
            return (
              <p>
                No location keeps {plural} yet: <a href={links.newLocation}>make one</a>.
              </p>
            );
          }
          return (
            <>
              {found.length > 1 && (
                <nav class="chips" aria-label="Locations">
                  {found.map(({ name }) => (
                    <a
                      key={name}
                      href={links.of(kind === 'image' ? 'images' : 'volumes', name)}
                      aria-current={name === shown.name ? 'page' : undefined}
                    >
                      {name}
                    </a>
                  ))}
                </nav>
              )}
              <Of key={shown.name} location={shown} />
            </>
          );
        }}
      </Loading>
    </>
  );
};
