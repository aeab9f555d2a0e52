import { kinds, rules } from '../../lib/kind/index.ts';
import type { Location } from '../../lib/location/location.ts';
import { api } from '../api.ts';
import { kib } from '../parts/amounts.ts';
import { Heading } from '../parts/heading.tsx';
import { Loading } from '../parts/loading.tsx';
import { State } from '../parts/state.tsx';
import { links } from '../route.ts';
import { useLoad } from '../use-load.ts';

/** The store of its elements, and its capacity. */
const keptIn = ({ nfs, capacity }: Location): string => {
  if (nfs) return `NFS ${nfs.server}:${nfs.path}`;
  return capacity === undefined ? '' : kib(capacity);
};

/** Columns that appear only if a location has a value for them. */
const OTHERS = {
  'Capacity or server': {
    isIn: (of: Location) => keptIn(of) !== '',
    show: (of: Location) => keptIn(of),
  },
  Remarks: {
    isIn: ({ policy, state }: Location) => policy !== 'read-write' || state !== 'open',
    show: ({ policy, state }: Location) => (
      <>
        {policy !== 'read-write' && <span class="mark">{policy}</span>}{' '}
        {state !== 'open' && <State of={state} />}
      </>
    ),
  },
} as const;
type Other = keyof typeof OTHERS;

const Row = ({ of, others }: { readonly of: Location; readonly others: readonly Other[] }) => (
  <tr>
    <th scope="row">
      <a href={links.location(of.name)}>{of.name}</a>
    </th>
    <td>{rules[of.kind].plural}</td>
    {others.map((other) => (
      <td key={other}>{OTHERS[other].show(of)}</td>
    ))}
  </tr>
);

const othersOf = (all: readonly Location[]): Other[] =>
  (Object.keys(OTHERS) as Other[]).filter((other) => all.some(OTHERS[other].isIn));

/** The locations. */
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
            <p>There is no location yet. A location keeps elements of one kind: first create one.</p>
          ) : (
            <div class="card wide">
              <table>
                <thead>
                  <tr>
                    <th scope="col">Location</th>
                    <th scope="col">Keeps</th>
                    {othersOf(all).map((other) => (
                      <th scope="col" key={other}>
                        {other}
                      </th>
                    ))}
                  </tr>
                </thead>
                <tbody>
                  {kinds.flatMap((kind) =>
                    all
                      .filter((location) => location.kind === kind)
                      .map((location) => <Row key={location.name} of={location} others={othersOf(all)} />),
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
