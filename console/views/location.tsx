import { useState } from 'preact/hooks';
import type { Tagged } from '../../client/http.ts';
import type { LocationPatch } from '../../client/locations.ts';
import { defined } from '../../lib/defined.ts';
import type { Location } from '../../lib/location/location.ts';
import { api } from '../api.ts';
import { mergePatch } from '../forms/merge-patch.ts';
import type { Schema } from '../forms/schema.ts';
import { SchemaForm } from '../forms/schema-form.tsx';
import { kib } from '../parts/amounts.ts';
import { Confirmed } from '../parts/confirmed.tsx';
import { Facts } from '../parts/facts.tsx';
import { Heading } from '../parts/heading.tsx';
import { Loading } from '../parts/loading.tsx';
import { EngineName, RunnerFacts } from '../parts/runner.tsx';
import { State } from '../parts/state.tsx';
import { Time } from '../parts/time.tsx';
import { links, parseQuery } from '../route.ts';
import { isLocal } from '../session.ts';
import { useLoad } from '../use-load.ts';
import { ElementList } from './element-list.tsx';

/** The host features that tasks of executors may use, in words; undefined for other kinds. */
const allowed = ({ allow }: Location): string | undefined => {
  if (allow === undefined) return undefined;
  if (allow === 'legacy')
    return 'the features that earlier versions allowed (legacy), until an administrator sets them';
  const said = Object.entries(allow).flatMap(([of, entries = []]) =>
    entries.length === 0 ? [] : [`${of}: ${entries.join(', ')}`],
  );
  return said.join('; ') || 'nothing beyond the engine’s defaults';
};

const granted = ({ grants }: Location): string => {
  if (grants === undefined && isLocal()) return 'everybody';
  if (grants === undefined) return 'every authenticated caller may do everything but manage it';
  if (grants.length === 0) return 'nobody but the owner, who manages it';
  return grants.map(({ principal, actions }) => `${principal}: ${actions.join(', ')}`).join('; ');
};

const factsOf = (location: Location) => ({
  kind: location.kind,
  state: <State of={location.state} />,
  policy: location.policy,
  'kept in': location.nfs
    ? `NFS ${location.nfs.server}:${location.nfs.path}`
    : location.type === 's3' && isLocal()
      ? 'local disk'
      : location.type,
  capacity: location.capacity === undefined ? 'not counted' : kib(location.capacity),
  'indexed keys': location.indexed?.join(', ') || 'none',
  owner: location.owner,
  grants: granted(location),
  engine: location.engine && <EngineName of={location.engine} />,
  'tasks may ask for': allowed(location),
  modified: (
    <>
      <Time at={location.modifiedAt} /> by {location.modifiedBy}
    </>
  ),
});

/** The fields of a change: only executors have `allow`. */
const patchOf = (schema: Schema, { kind }: Location): Schema => {
  const { allow: _, ...properties } = schema.properties ?? {};
  return kind === 'executor' ? schema : { ...schema, properties };
};

const Settings = ({
  location,
  reload,
}: {
  readonly location: Tagged<Location>;
  readonly reload: () => void;
}) => {
  const { policy, capacity, grants, owner, allow, name, etag } = location;
  const initial = defined({
    policy,
    capacity,
    grants,
    owner,
    allow: typeof allow === 'object' ? allow : undefined,
  });
  return (
    <details class="group">
      <summary>Change the location</summary>
      <SchemaForm
        key={etag}
        schema={(schemas) => patchOf(schemas.named('LocationPatch'), location)}
        initial={initial}
        submitLabel="Save"
        onSubmit={async (value) => {
          const patch = (mergePatch(initial, value) ?? {}) as LocationPatch;
          await api.locations.update(name, patch, { ifMatch: etag });
          reload();
        }}
      />
      {grants !== undefined && (
        <Confirmed
          verb="Open to everybody"
          confirm="Open it"
          consequence={`This removes all grants. Then ${isLocal() ? 'everybody' : 'every authenticated caller'} may do everything in ${name} but manage it.`}
          onConfirm={async () => {
            await api.locations.update(name, { grants: null }, { ifMatch: etag });
            reload();
          }}
        />
      )}
    </details>
  );
};

/** A location, and its elements. */
export const LocationView = ({ name }: { readonly name: string }) => {
  const location = useLoad((signal) => api.locations.read(name, { signal }), [name]);
  const [filter, setFilter] = useState(() => parseQuery(window.location.hash).getAll('filter'));
  const refilter = (next: readonly string[]): void => {
    setFilter([...next]);
    const query = new URLSearchParams(next.map((each) => ['filter', each]));
    const shown = `${links.location(name)}${next.length === 0 ? '' : `?${query}`}`;
    window.history.replaceState(null, '', shown);
  };
  return (
    <>
      <Heading title={name} above={<a href={links.locations}>Locations</a>}>
        {location.error === undefined && (
          <>
            <a class="button" href={links.newElement(name)}>
              New element
            </a>
            <Confirmed
              verb="Delete"
              what={name}
              consequence="It is closed at once, and gone after some minutes. Only an empty location can be deleted."
              onConfirm={async () => {
                await api.locations.delete(name);
                location.reload();
              }}
            />
          </>
        )}
      </Heading>
      <Loading of={location}>
        {(found) => (
          <>
            <section class="card">
              <Facts of={factsOf(found)} />
            </section>
            <Settings location={found} reload={location.reload} />
            {found.kind === 'executor' && (
              <section class="card" aria-labelledby="runner">
                <h2 id="runner">Runner</h2>
                <RunnerFacts location={name} />
              </section>
            )}
            <section class="card" aria-labelledby="elements">
              <h2 id="elements">Elements</h2>
              <ElementList location={found} filter={filter} onFilter={refilter} />
            </section>
          </>
        )}
      </Loading>
    </>
  );
};
