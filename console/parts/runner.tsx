import type { RunnerLease } from '../../client/runners.ts';
import { api } from '../api.ts';
import { useLoad } from '../use-load.ts';
import { Facts } from './facts.tsx';
import { Loading } from './loading.tsx';
import { Time } from './time.tsx';

const useLease = (location: string) =>
  useLoad((signal) => api.runners.read(location, { signal }), [location]);

/** What keeps tasks from being started; undefined where a runner was heard of late. */
const missing = ({
  location,
  state,
  engine,
  runner,
  silentSeconds = 0,
  silenceSeconds,
}: RunnerLease): string | undefined => {
  if (state === 'engine') return undefined;
  if (engine === undefined)
    return `No runner has the tasks of ${location}: what is bound starts once one does (taskport runner --executor-location ${location}).`;
  if (runner !== undefined && silentSeconds < silenceSeconds) return undefined;
  return `The runner of ${location} was not heard for ${silentSeconds} seconds: nothing is started until it is back.`;
};

/** Who runs the tasks of a location, since when, and when it was last heard. */
export const RunnerFacts = ({ location }: { readonly location: string }) => (
  <Loading of={useLease(location)}>
    {(lease) => (
      <>
        {missing(lease) && <p class="notice">{missing(lease)}</p>}
        {lease.engine !== undefined && (
          <Facts
            of={{
              runner:
                lease.runner ??
                (lease.state === 'engine' ? 'none is needed' : 'interrupted: its tasks run on'),
              engine: lease.engine,
              since: lease.claimedAt && <Time at={lease.claimedAt} />,
              'last heard': lease.heardAt && <Time at={lease.heardAt} />,
            }}
          />
        )}
      </>
    )}
  </Loading>
);

/** Says that no runner is there to start what is bound; nothing where one is, or where nobody says so. */
export const NoRunner = ({ location }: { readonly location: string }) => {
  const { value } = useLease(location);
  const said = value && missing(value);
  return said === undefined ? null : <p class="notice">{said}</p>;
};
