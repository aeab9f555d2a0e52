import { type Kind, kinds } from '../../lib/kind/index.ts';
import type { Location } from '../../lib/location/location.ts';
import { api } from '../api.ts';
import { kib } from '../parts/amounts.ts';
import { Heading } from '../parts/heading.tsx';
import { Loading } from '../parts/loading.tsx';
import { State } from '../parts/state.tsx';
import { links } from '../route.ts';
import { useLoad } from '../use-load.ts';

const OfKind = ({ kind, locations }: { readonly kind: Kind; readonly locations: readonly Location[] }) => (
  <section aria-labelledby={`kind-${kind}`}>
    <h2 id={`kind-${kind}`}>
      {kind} <span class="muted">({locations.length})</span>
    </h2>
    <div class="wide">
      <table>
        <thead>
          <tr>
            <th scope="col">Location</th>
            <th scope="col">Policy</th>
            <th scope="col">Kept in</th>
            <th scope="col">Capacity</th>
            <th scope="col">State</th>
          </tr>
        </thead>
        <tbody>
          {locations.map(({ name, policy, type, nfs, capacity, state }) => (
            <tr key={name}>
              <th scope="row">
                <a href={links.location(name)}>{name}</a>
              </th>
              <td>{policy}</td>
              <td>{nfs ? `${nfs.server}:${nfs.path}` : type}</td>
              <td>{capacity === undefined ? 'not counted' : kib(capacity)}</td>
              <td>
                <State of={state} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  </section>
);

/** What there is: kinds, and the locations that keep them. */
export const Overview = () => {
  const locations = useLoad((signal) => api.locations.list({ signal, limit: 1000 }).all(), []);
  return (
    <>
      <Heading title="Locations">
        <a class="button" href={links.newLocation}>
          New location
        </a>
      </Heading>
      <Loading of={locations}>
        {(all) =>
          all.length === 0 ? (
            <p>There is no location yet. A location keeps elements of one kind: begin with one.</p>
          ) : (
            kinds.map((kind) => {
              const found = all.filter((location) => location.kind === kind);
              return found.length === 0 ? null : <OfKind key={kind} kind={kind} locations={found} />;
            })
          )
        }
      </Loading>
    </>
  );
};
