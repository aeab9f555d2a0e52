import { useState } from 'preact/hooks';
import type { CompositionJson } from '../../lib/composition/shown-composition.ts';
import { CPU_PERIOD } from '../../lib/element/cpu-period.ts';
import type { TaskSpec } from '../../lib/element/task-spec.ts';
import { api } from '../api.ts';
import { useChanges } from '../composition/use-changes.ts';
import { useOperation } from '../composition/use-operation.ts';
import { bytes, span } from '../parts/amounts.ts';
import { CommandLine } from '../parts/command.tsx';
import { Facts } from '../parts/facts.tsx';
import { Heading } from '../parts/heading.tsx';
import { IdLink } from '../parts/id-link.tsx';
import { ProblemNotice } from '../parts/problem-notice.tsx';
import { NoRunner } from '../parts/runner.tsx';
import { hasRows, SpecTable } from '../parts/spec-table.tsx';
import { State, Unsaved } from '../parts/state.tsx';
import { links, nameOfRun, partsOfId } from '../route.ts';
import { Attempts, attemptsOf } from '../runs/attempts.tsx';
import { LogView } from '../runs/log-view.tsx';
import { Outcome } from '../runs/outcome.tsx';
import { RunButtons } from '../runs/run-buttons.tsx';
import { isLive, isUnsaved, standingOf } from '../runs/standing.ts';
import { type TaskOf, tasksOf } from '../runs/tasks-of.ts';
import { useStanding } from '../runs/use-standing.ts';
import { calledImage, commandOf, rootOf } from '../runs/what-runs.ts';
import { useLoad } from '../use-load.ts';
import { AuditTrail } from './audit-trail.tsx';
import { LoadingElement } from './loading-element.tsx';
import { MountTree } from './mount-tree.tsx';
import { PlanForm } from './plan.tsx';

/** The limits of a task, in the words of the form. */
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

const Details = ({
  of,
  composition,
  changes,
}: {
  readonly of: TaskOf;
  readonly composition: CompositionJson;
  /** The number of events since the view appeared. */
  readonly changes: number;
}) => {
  const { executorId, id, spec } = of;
  const command = commandOf(spec as TaskSpec | undefined, composition.members);
  const reports = useLoad(
    (signal) => api.elements.reports(executorId, id, { signal }).all(),
    [executorId, id, composition.revision],
  );
  const root = rootOf(composition.members)?.id;
  const image = useLoad(async () => root && calledImage(root), [root]);
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
          // The audit trail is later than the state, and arrives with the event, so each event reads it again.
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
          <h2 id="what">Task</h2>
          <Facts
            of={{
              image: image.value && <code>{image.value}</code>,
              command: command && <CommandLine text={command} />,
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
        <MountTree members={composition.members} isOver={!isLive(standing)} />
        <p>
          <a href={links.composition(executorId)}>Change the composition</a>
        </p>
        <details class="group">
          <summary>Plan</summary>
          <PlanForm key={composition.revision} executorId={executorId} />
        </details>
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
  const standing = useStanding(executorId, run);
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
      <LoadingElement of={executor} id={executorId} kind="run" gone="removed">
        {() =>
          run && standing && composition ? (
            <>
              {standing === 'waiting' && <NoRunner location={location} />}
              <Outcome of={run} members={composition.members} standing={standing} />
              <Details of={run} composition={composition} changes={changes} />
            </>
          ) : (
            <>
              <p>
                This run has left its executor. See <a href={links.element(executorId)}>the executor</a>, and
                its audit trail:
              </p>
              <AuditTrail id={executorId} revision={0} />
            </>
          )
        }
      </LoadingElement>
    </>
  );
};
