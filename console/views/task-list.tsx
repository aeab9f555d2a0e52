import type { MemberJson } from '../composition/differences.ts';
import type { Operation } from '../composition/operation.ts';
import { MemberButtons } from '../parts/member-buttons.tsx';
import { Interrupt } from '../parts/signals.tsx';
import { State } from '../parts/state.tsx';
import { links, shortOf } from '../route.ts';
import { standingOf, whyOf } from '../runs/standing.ts';

interface TaskListProps {
  readonly executorId: string;
  readonly members: readonly MemberJson[];
  /** Absent if the view is read-only. */
  readonly onPress?: (operation: Operation) => void;
}

const stateOf = ({ bound, task }: MemberJson): string => {
  if (task && (task.attempt > 0 || bound)) return standingOf({ ...task, bound });
  return bound ? 'bound' : 'joined';
};

/** The tasks of an executor, and the logs of their output. */
export const TaskList = ({ executorId, members, onPress }: TaskListProps) => {
  const others = members.filter(({ mount }) => !mount);
  return (
    <section class="card" aria-labelledby="runs">
      <h2 id="runs">{others.some(({ kind }) => kind === 'log') ? 'Tasks and logs' : 'Tasks'}</h2>
      {others.length === 0 ? (
        <p class="muted">No task and no log has joined.</p>
      ) : (
        <ul class="plain">
          {others.map((member) => {
            const { id, bound, task } = member;
            return (
              <li key={id} class="mount">
                <a href={task ? links.run(executorId, id) : links.element(id)}>{shortOf(id)}</a>
                <State of={stateOf(member)} />
                {task && task.attempt > 0 && <span class="muted">attempt {task.attempt}</span>}
                {task && <span>{whyOf(task)}</span>}
                {onPress && <MemberButtons of={member} onPress={onPress} />}
                {onPress && task?.state === 'running' && bound && <Interrupt id={id} onPress={onPress} />}
              </li>
            );
          })}
        </ul>
      )}
    </section>
  );
};
