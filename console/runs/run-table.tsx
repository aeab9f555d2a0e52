import type { ListedRun } from '../../lib/composition/listed-run.ts';
import { State, Unsaved } from '../parts/state.tsx';
import { Ago, Lasting, Took } from '../parts/time.tsx';
import { links, nameOfRun, partsOfId } from '../route.ts';
import { useLoad } from '../use-load.ts';
import { isUnsaved, type Standing, sinceOf, standingOf, whyOf } from './standing.ts';
import { useStanding } from './use-standing.ts';
import { type Members, membersOf, whatOf } from './what-runs.ts';

/** Details of a run beside its standing. */
export const RunWords = ({
  of: run,
  standing,
}: {
  readonly of: Omit<ListedRun, 'ephemeral'>;
  readonly standing: Standing;
}) => {
  const { startedAt, attempt } = run;
  const tries = attempt > 1 ? `, attempt ${attempt}` : '';
  switch (standing) {
    case 'running':
    case 'stopping':
      return (
        <>
          {standing === 'running' ? 'for ' : 'is asked to stop, ran for '}
          {startedAt && <Lasting since={startedAt} />}
          {tries}
        </>
      );
    case 'starting':
      return null;
    case 'waiting':
      return (
        <>
          for {run.waitsFor ?? 'a runner'}
          {tries}
        </>
      );
    case 'restarting':
      return <>{whyOf(run)}</>;
    case 'stopped':
      return <>{run.reason === undefined ? 'before it started' : whyOf(run)?.replace(/^Stopped(, )?/, '')}</>;
    case 'completed':
      return startedAt && run.endedAt ? (
        <>
          in <Took from={startedAt} to={run.endedAt} />
          {tries}
        </>
      ) : null;
    default:
      return (
        <>
          {whyOf(run)?.replace(/\.$/, '')}
          {tries}
        </>
      );
  }
};

/** The first rows of a table, which show image and command: each row costs a request. */
const MOST_TOLD = 30;

/** The image and the command of a run; empty if they cannot be read. */
const What = ({ of, members }: { readonly of: ListedRun; readonly members: Members | undefined }) => {
  const { value = '' } = useLoad(
    async () => whatOf(members ?? (await membersOf(of)), of.id),
    [of.executorId, of.id, of.boundAt, members],
  );
  return (
    <span class="what muted" title={value}>
      {value}
    </span>
  );
};

const Row = ({
  of: run,
  members,
  withLocation,
  isTold,
}: {
  readonly of: ListedRun;
  readonly members: Members | undefined;
  readonly withLocation: boolean;
  readonly isTold: boolean;
}) => {
  const standing = useStanding(run.executorId, run) ?? standingOf(run);
  const since = sinceOf(run);
  return (
    <tr class={standing}>
      <th scope="row">
        <a href={links.run(run.executorId, run.id)}>{nameOfRun(run)}</a>
        {withLocation && <span class="muted"> in {partsOfId(run.executorId).location}</span>}
        {isTold && <What of={run} members={members} />}
      </th>
      <td>
        <State of={standing} /> {isUnsaved(run) && <Unsaved />}
      </td>
      <td class="why">
        <RunWords of={run} standing={standing} />
      </td>
      <td class="muted">{since && <Ago at={since} />}</td>
    </tr>
  );
};

/** A table of runs. */
export const RunTable = ({
  runs,
  members,
  label,
  withLocation,
}: {
  readonly runs: readonly ListedRun[];
  /** The members of the executor, if all runs are on it. */
  readonly members?: Members;
  readonly label: string;
  readonly withLocation: boolean;
}) => (
  <table class="runs" aria-label={label}>
    <thead>
      <tr>
        <th scope="col">Run</th>
        <th scope="col">State</th>
        <th scope="col">Result</th>
        <th scope="col">When</th>
      </tr>
    </thead>
    <tbody>
      {runs.map((run, at) => (
        <Row
          key={`${run.executorId} ${run.id}`}
          of={run}
          members={members}
          withLocation={withLocation}
          isTold={at < MOST_TOLD}
        />
      ))}
    </tbody>
  </table>
);
