import type { ListedRun } from '../../lib/composition/listed-run.ts';
import { State } from '../parts/state.tsx';
import { Ago, Lasting } from '../parts/time.tsx';
import { links, nameOfRun, partsOfId } from '../route.ts';
import { sinceOf, standingOf, whyOf } from './standing.ts';

/** What is said of a run beside its standing. */
export const RunWords = ({ of: run }: { readonly of: Omit<ListedRun, 'ephemeral'> }) => {
  const { startedAt, attempt } = run;
  const standing = standingOf(run);
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
          in <Lasting since={startedAt} until={run.endedAt} />
          {tries}
        </>
      ) : null;
    default:
      return (
        <>
          {whyOf(run)}
          {tries}
        </>
      );
  }
};

const Row = ({ of: run, withLocation }: { readonly of: ListedRun; readonly withLocation: boolean }) => {
  const standing = standingOf(run);
  const since = sinceOf(run);
  return (
    <tr class={standing}>
      <th scope="row">
        <a href={links.run(run.executorId, run.id)}>{nameOfRun(run)}</a>
        {withLocation && <span class="muted"> in {partsOfId(run.executorId).location}</span>}
      </th>
      <td>
        <State of={standing} />
      </td>
      <td class="why">
        <RunWords of={run} />
      </td>
      <td class="muted">{since && <Ago at={since} />}</td>
    </tr>
  );
};

/** Runs, a line each. */
export const RunTable = ({
  runs,
  label,
  withLocation,
}: {
  readonly runs: readonly ListedRun[];
  readonly label: string;
  readonly withLocation: boolean;
}) => (
  <table class="runs" aria-label={label}>
    <thead>
      <tr>
        <th scope="col">Run</th>
        <th scope="col">State</th>
        <th scope="col">What became of it</th>
        <th scope="col">Since</th>
      </tr>
    </thead>
    <tbody>
      {runs.map((run) => (
        <Row key={`${run.executorId} ${run.id}`} of={run} withLocation={withLocation} />
      ))}
    </tbody>
  </table>
);
