import { useState } from 'preact/hooks';
import { rules, type StorageKind } from '../../lib/kind/index.ts';
import type { Location } from '../../lib/location/location.ts';
import { api } from '../api.ts';
import { Command, taskport } from '../parts/command.tsx';
import { Heading } from '../parts/heading.tsx';
import { Loading } from '../parts/loading.tsx';
import { links } from '../route.ts';
import { useLoad } from '../use-load.ts';
import { ElementList } from './element-list.tsx';
import { TagList } from './tag-list.tsx';

const WORDS = {
  image: {
    plural: 'images',
    heading: 'Images',
    all: 'All images and layers',
    push: (location: string) => `docker save app:1 | ${taskport(`image push ${location}/app:1 -`)}`,
  },
  volume: {
    plural: 'volumes',
    heading: 'Volumes',
    all: 'All volumes',
    push: (location: string) => taskport(`volume push ${location}/data ./directory`),
  },
} as const satisfies Record<StorageKind, object>;

const Of = ({ kind, location }: { readonly kind: StorageKind; readonly location: Location }) => {
  const { name } = location;
  const { all, push } = WORDS[kind];
  const [filter, setFilter] = useState<readonly string[]>([]);
  return (
    <>
      {kind === 'image' && <TagList location={name} />}
      <section class="card" aria-labelledby="all">
        <h2 id="all">
          {all} in <a href={links.location(name)}>{name}</a>
        </h2>
        <ElementList location={location} filter={filter} onFilter={setFilter} />
      </section>
      <section class="card" aria-labelledby="push">
        <h2 id="push">Push {rules[kind].called}</h2>
        <Command text={push(name)} />
        <p>
          Or <a href={links.newElement(name)}>use a form</a>.
        </p>
      </section>
    </>
  );
};

/** The images or the volumes of one location. */
export const KeptView = ({ kind, location }: { readonly kind: StorageKind; readonly location?: string }) => {
  const { plural, heading } = WORDS[kind];
  const locations = useLoad((signal) => api.locations.list({ signal, limit: 1000 }).all(), []);
  return (
    <>
      <Heading title={heading} />
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
                      href={links.of(plural, name)}
                      aria-current={name === shown.name ? 'page' : undefined}
                    >
                      {name}
                    </a>
                  ))}
                </nav>
              )}
              <Of key={shown.name} kind={kind} location={shown} />
            </>
          );
        }}
      </Loading>
    </>
  );
};
