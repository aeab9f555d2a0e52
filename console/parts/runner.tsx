import type { RunnerLease } from '../../client/runners.ts';
import { api } from '../api.ts';
import { useLoad } from '../use-load.ts';
import { span } from './amounts.ts';
import { Command, taskport } from './command.tsx';
import { Facts } from './facts.tsx';
import { Loading } from './loading.tsx';
import { Time } from './time.tsx';

/** Who runs what is bound in a location. */
export const useLease = (location: string) =>
  useLoad((signal) => api.runners.read(location, { signal }), [location]);

/** Whether no runner starts bound tasks there at present. */
export const isMissing = ({
  state,
  engine,
  runner,
  silentSeconds = 0,
  silenceSeconds,
}: RunnerLease): boolean =>
  state === 'no-engine' ||
  (state !== 'engine' && (engine === undefined || runner === undefined || silentSeconds >= silenceSeconds));

/** Reports why tasks do not start, with a remedy; nothing if a runner has called recently. */
const Missing = ({ of }: { readonly of: RunnerLease }) => {
  const { location, state, engine, silentSeconds = 0 } = of;
  if (!isMissing(of)) return null;
  if (state === 'no-engine')
    return (
      <div class="notice">
        <p>
          The deployment does not have the engine {engine} any more, which {location} names: nothing is
          started until it is deployed with that again.
        </p>
      </div>
    );
  return (
    <div class="notice">
      <p>
        {engine === undefined
          ? `No runner serves the location ${location}, so its runs wait. Start one on a machine with Docker or Podman:`
          : `The runner of ${location} has not called for ${span(silentSeconds * 1_000)}. No task starts until a runner calls. Start one:`}
      </p>
      <Command text={taskport(`runner --executor-location ${location}`)} />
    </div>
  );
};

/** The shortened ID of an engine; the title has the full one. */
export const EngineName = ({ of }: { readonly of: string }) => (
  <span title={of}>{of.replace(/([0-9A-Z]{4})(?::[0-9A-Z]{4}){4,}:([0-9A-Z]{4})/, '$1…$2')}</span>
);

/** The runner of a location, its start, and its last call. */
export const RunnerFacts = ({ location }: { readonly location: string }) => (
  <Loading of={useLease(location)}>
    {(lease) => (
      <>
        <Missing of={lease} />
        {lease.engine !== undefined && (
          <Facts
            of={{
              runner:
                lease.runner ?? (lease.state === 'held' ? 'interrupted: its tasks run on' : 'none is needed'),
              engine: <EngineName of={lease.engine} />,
              since: lease.claimedAt && <Time at={lease.claimedAt} />,
              'last heard': lease.heardAt && <Time at={lease.heardAt} />,
            }}
          />
        )}
      </>
    )}
  </Loading>
);

/** Reports that no runner starts bound tasks; nothing if one does, or the user may not read it. */
export const NoRunner = ({ location }: { readonly location: string }) => {
  const { value } = useLease(location);
  return value ? <Missing of={value} /> : null;
};
