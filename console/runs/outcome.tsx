import { killInWords } from '../../lib/composition/end-in-words.ts';
import { launchCauseOf } from '../../lib/composition/launch-cause.ts';
import type { CompositionJson } from '../../lib/composition/shown-composition.ts';
import type { TaskSpec } from '../../lib/element/task-spec.ts';
import { capital } from '../forms/label.ts';
import { IdLink } from '../parts/id-link.tsx';
import { Ago, Time, Took } from '../parts/time.tsx';
import { links } from '../route.ts';
import { callerInWords } from './change-in-words.ts';
import { RunWords } from './run-table.tsx';
import { isUnsaved, type Standing, whyOf } from './standing.ts';
import type { TaskOf } from './tasks-of.ts';

/** Reasons that are limits of the run, which a changed run may raise. */
const LIMITS = new Set(['out-of-memory', 'run-deadline']);

/** The result of a run in one line, with its actions. */
export const Outcome = ({
  of,
  members,
  standing,
}: {
  readonly of: TaskOf;
  readonly members: CompositionJson['members'];
  readonly standing: Standing;
}) => {
  const saved = members.filter(({ bound, settled }) => !bound && settled?.outcome === 'saved');
  const { engine } = launchCauseOf(of.launchError ?? '');
  const { startedAt, endedAt, boundBy } = of;
  const kill = killInWords(of);
  return (
    <div class={`why-ended ${standing}`}>
      <p>
        <strong>
          {standing === 'failed' ? whyOf(of, of.spec as TaskSpec | undefined) : capital(standing)}
        </strong>{' '}
        {standing !== 'failed' && <RunWords of={of} standing={standing} />}
      </p>
      <p class="muted">
        {startedAt && endedAt && (
          <>
            {standing === 'completed' ? (
              'Ended '
            ) : (
              <>
                Attempt {of.attempt} took <Took from={startedAt} to={endedAt} /> and ended{' '}
              </>
            )}
            <Ago at={endedAt} />.{' '}
          </>
        )}
        {startedAt && !endedAt && (
          <>
            Attempt {of.attempt} started at <Time at={startedAt} />.{' '}
          </>
        )}
        {boundBy && `${startedAt ? 'Started' : 'Requested'} by ${callerInWords(boundBy)}.`}
      </p>
      {engine !== undefined && (
        <details>
          <summary>What the engine said</summary>
          <p>
            <code>{engine}</code>
          </p>
        </details>
      )}
      {kill && <p>{capital(kill)}.</p>}
      {LIMITS.has(of.reason ?? '') && (
        <p>
          To raise the limit, <a href={links.again(of.executorId)}>run it again with changes</a>.
        </p>
      )}
      {isUnsaved(of) && (
        <p>
          Its writes to volumes are not saved. The button Save saves them, and frees the volumes for other
          runs.
        </p>
      )}
      {of.isSaving && <p>Its runner is saving its writes to volumes.</p>}
      {saved.map(({ id, settled }) => (
        <p key={id}>
          The writes to <IdLink id={id} /> were saved at <Time at={settled?.at ?? ''} />.
        </p>
      ))}
    </div>
  );
};
