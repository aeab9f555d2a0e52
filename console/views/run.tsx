import { useState } from 'preact/hooks';
import { launchCauseOf } from '../../lib/composition/launch-cause.ts';
import type { CompositionJson } from '../../lib/composition/shown-composition.ts';
import type { TaskSpec } from '../../lib/element/task-spec.ts';
import { api } from '../api.ts';
import { useChanges } from '../composition/use-changes.ts';
import { useOperation } from '../composition/use-operation.ts';
import { CPU_PERIOD } from '../new-run/words.ts';
import { bytes, span } from '../parts/amounts.ts';
import { Facts } from '../parts/facts.tsx';
import { Heading } from '../parts/heading.tsx';
import { IdLink } from '../parts/id-link.tsx';
import { Loading } from '../parts/loading.tsx';
import { ProblemNotice } from '../parts/problem-notice.tsx';
import { NoRunner } from '../parts/runner.tsx';
import { hasRows, SpecTable } from '../parts/spec-table.tsx';
import { State, Unsaved } from '../parts/state.tsx';
import { Ago, Time, Took } from '../parts/time.tsx';
import { links, nameOfRun, partsOfId } from '../route.ts';
import { Attempts, attemptsOf } from '../runs/attempts.tsx';
import { LogView } from '../runs/log-view.tsx';
import { RunButtons } from '../runs/run-buttons.tsx';
import { RunWords } from '../runs/run-table.tsx';
import { isLive, isUnsaved, type Standing, standingOf, whyOf } from '../runs/standing.ts';
import { type TaskOf, tasksOf } from '../runs/tasks-of.ts';
import { commandOf } from '../runs/what-runs.ts';
import { useLoad } from '../use-load.ts';
import { useNow } from '../use-now.ts';
import { Absent, AuditTrail } from './audit-trail.tsx';
import { MountTree } from './mount-tree.tsx';
import { PlanSection } from './plan.tsx';

/** What is set for a task, by the words of the form. */
const limitsOf = ({ process, resources, deadlines }: TaskSpec = {}) => {
  const memory = resources?.memory?.limit;
  const { quota, period = CPU_PERIOD } = resources?.cpu ?? {};
  const seconds = deadlines?.runSeconds;
  const env = process?.env ?? [];
  return {
    memory: memory === undefined ? undefined : bytes(memory),
    CPUs: quota === undefined ? undefined : quota / period,
    'time limit': seconds === undefined ? undefined : span(seconds * 1_000),
    environment:
      env.length === 0
        ? undefined
        : env.map(({ name, value }) => (
            <div key={name}>
              <code>{`${name}=${value}`}</code>
            </div>
          )),
  };
};

const capital = (word: string): string => `${word.charAt(0).toUpperCase()}${word.slice(1)}`;

/** The result of a run, in one line with its details. */
const Outcome = ({ of, standing }: { readonly of: TaskOf; readonly standing: Standing }) => {
  const { engine } = launchCauseOf(of.launchError ?? '');
  const { startedAt, endedAt, boundBy } = of;
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
            Attempt {of.attempt} took <Took from={startedAt} to={endedAt} /> and ended <Ago at={endedAt} />.{' '}
          </>
        )}
        {startedAt && !endedAt && (
          <>
            Attempt {of.attempt} started at <Time at={startedAt} />.{' '}
          </>
        )}
        {boundBy && `Started by ${boundBy}.`}
      </p>
      {engine !== undefined && (
        <details>
          <summary>What the engine said</summary>
          <p>
            <code>{engine}</code>
          </p>
        </details>
      )}
      {isUnsaved(of) && (
        <p>
          What it wrote to volumes is not saved: <strong>Save</strong> does it, and frees them for other runs.
        </p>
      )}
      {of.isSaving && <p>Its runner is saving its writes to volumes.</p>}
    </div>
  );
};

const Details = ({
  of,
  composition,
  changes,
}: {
  readonly of: TaskOf;
  readonly composition: CompositionJson;
  /** How many events there were since it is shown. */
  readonly changes: number;
}) => {
  const { executorId, id, spec } = of;
  const command = commandOf(spec as TaskSpec | undefined, composition.members);
  const reports = useLoad(
    (signal) => api.elements.reports(executorId, id, { signal }).all(),
    [executorId, id, composition.revision],
  );
  const attempts = attemptsOf(reports.value ?? [], of);
  const [chosen, setChosen] = useState<number>();
  const attempt = chosen ?? of.attempt;
  const standing = standingOf(of);
  return (
    <div class="columns">
      <div>
        <section class="card" aria-labelledby="output">
          <h2 id="output">Output{attempts.length > 1 && ` of attempt ${attempt}`}</h2>
          {attempt === 0 ? (
            <p class="muted">Nobody has requested it to run yet.</p>
          ) : (
            <LogView
              key={attempt}
              of={{ executorId, taskId: id, attempt }}
              name={partsOfId(executorId).name}
              isLive={attempt === of.attempt && isLive(standing)}
              hasStarted={attempts.find((each) => each.attempt === attempt)?.startedAt !== undefined}
            />
          )}
        </section>
        <AuditTrail
          id={executorId}
          // The trail comes after the state that it tells of, with the event: each event has it read again.
          revision={composition.revision + changes}
          title="Events"
          self={id}
          isMeant={(entry) => entry.id === undefined || entry.id === id}
        />
      </div>
      <div>
        {attempts.length > 0 && (
          <section class="card" aria-labelledby="attempts">
            <h2 id="attempts">Attempts</h2>
            <Attempts of={attempts} shown={attempt} onShow={setChosen} />
          </section>
        )}
        <section class="card" aria-labelledby="what">
          <h2 id="what">What runs</h2>
          <Facts
            of={{
              command: command && <code>{command}</code>,
              ...limitsOf(spec as TaskSpec | undefined),
              task: id.startsWith('task://') ? <IdLink id={id} /> : undefined,
              executor: <IdLink id={executorId} />,
            }}
          />
          {spec === undefined && <p class="muted">You may not read its specification.</p>}
          {hasRows(spec) && (
            <details>
              <summary>Specification</summary>
              <SpecTable of={spec} />
            </details>
          )}
        </section>
        <MountTree members={composition.members} />
        <p>
          <a href={links.composition(executorId)}>Change the composition</a>
        </p>
        <PlanSection key={composition.revision} executorId={executorId} />
      </div>
    </div>
  );
};

/** A run: its standing and the reason, its output, its composition, and its actions. */
export const RunView = ({ executorId, taskId }: { readonly executorId: string; readonly taskId: string }) => {
  const executor = useLoad(
    (signal) => api.elements.read(executorId, { fields: ['attributes', 'composition'], signal }),
    [executorId],
  );
  const changes = useChanges(executorId, executor.reload);
  const composition = executor.value?.composition;
  const { error, operate, press } = useOperation(executorId, composition?.members ?? [], executor.reload);
  const { location } = partsOfId(executorId);
  const run = tasksOf(composition).find(({ id }) => id === taskId);
  const now = useNow();
  const standing = run && standingOf(run, now);
  return (
    <>
      <Heading
        title={nameOfRun({ executorId, id: taskId })}
        above={
          <>
            <a href={links.runs}>Runs</a> in <a href={links.location(location)}>{location}</a>
          </>
        }
        beside={
          run &&
          standing && (
            <>
              <State of={standing} /> {isUnsaved(run) && <Unsaved />}
            </>
          )
        }
      >
        {run && <RunButtons of={run} operate={operate} onPress={press} />}
      </Heading>
      <ProblemNotice error={error} takesFocus />
      <Loading of={executor}>
        {() =>
          run && standing && composition ? (
            <>
              {standing === 'waiting' && <NoRunner location={location} />}
              <Outcome of={run} standing={standing} />
              <Details of={run} composition={composition} changes={changes} />
            </>
          ) : (
            <>
              <p>
                This run has left its executor. <a href={links.element(executorId)}>The executor</a> is there,
                and so is what happened on it:
              </p>
              <AuditTrail id={executorId} revision={0} />
            </>
          )
        }
      </Loading>
      {executor.error !== undefined && executor.value === undefined && <Absent id={executorId} />}
    </>
  );
};
