import { kinds, rules } from '../../lib/kind/index.ts';
import type { Location } from '../../lib/location/location.ts';
import { api } from '../api.ts';
import { kib } from '../parts/amounts.ts';
import { Heading } from '../parts/heading.tsx';
import { Loading } from '../parts/loading.tsx';
import { State } from '../parts/state.tsx';
import { links } from '../route.ts';
import { useLoad } from '../use-load.ts';

/** Where its elements are kept, and how much. */
const keptIn = ({ nfs, capacity }: Location): string => {
  if (nfs) return `NFS ${nfs.server}:${nfs.path}`;
  return capacity === undefined ? '' : kib(capacity);
};

const Row = ({ of }: { readonly of: Location }) => (
  <tr>
    <th scope="row">
      <a href={links.location(of.name)}>{of.name}</a>
    </th>
    <td>{rules[of.kind].plural}</td>
    <td>{keptIn(of)}</td>
    <td>
      {of.policy !== 'read-write' && <span class="mark">{of.policy}</span>}{' '}
      {of.state !== 'open' && <State of={of.state} />}
    </td>
  </tr>
);

/** The locations, and what each keeps. */
export const LocationsView = () => {
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
            <div class="card wide">
              <table>
                <thead>
                  <tr>
                    <th scope="col">Location</th>
                    <th scope="col">Keeps</th>
                    <th scope="col">Capacity or server</th>
                    <th scope="col">Remarks</th>
                  </tr>
                </thead>
                <tbody>
                  {kinds.flatMap((kind) =>
                    all
                      .filter((location) => location.kind === kind)
                      .map((location) => <Row key={location.name} of={location} />),
                  )}
                </tbody>
              </table>
            </div>
          )
        }
      </Loading>
    </>
  );
};
