import { useState } from 'preact/hooks';
import { endInWords } from '../../lib/composition/end-in-words.ts';
import { api } from '../api.ts';
import type { MemberJson } from '../composition/differences.ts';
import type { Operation } from '../composition/operation.ts';
import { MemberButtons } from '../parts/member-buttons.tsx';
import { State } from '../parts/state.tsx';
import { links } from '../route.ts';
import { TaskOutput } from './task-output.tsx';

interface TaskListProps {
  readonly executorId: string;
  readonly members: readonly MemberJson[];
  /** Absent where nothing is to be changed. */
  readonly onPress?: (operation: Operation) => void;
}

/** What is asked for mostly; every other signal has its name in the command line. */
const SIGNALS = ['TERM', 'INT', 'HUP', 'QUIT', 'USR1', 'USR2', 'STOP', 'CONT', 'KILL'];

const Interrupt = ({ id, onPress }: { readonly id: string } & Required<Pick<TaskListProps, 'onPress'>>) => {
  const [signal, setSignal] = useState('TERM');
  return (
    <span class="actions">
      <select
        aria-label={`Signal for ${id}`}
        value={signal}
        onChange={(event) => setSignal(event.currentTarget.value)}
      >
        {SIGNALS.map((each) => (
          <option key={each}>{each}</option>
        ))}
      </select>
      <button
        type="button"
        class="quiet"
        aria-label={`Interrupt ${id}`}
        onClick={() => onPress((handle) => api.compositions.interrupt(handle, id, signal))}
      >
        Interrupt
      </button>
    </span>
  );
};

/** Whether what it writes is kept by the service. */
const isKeptHere = ({ task }: MemberJson): boolean =>
  Object.values(task?.output ?? {}).some((uri) => uri?.startsWith('taskport:'));

/** What runs on it, and where its lines go. */
export const TaskList = ({ executorId, members, onPress }: TaskListProps) => {
  const others = members.filter(({ mount }) => !mount);
  return (
    <section aria-labelledby="runs">
      <h2 id="runs">What runs on it</h2>
      {others.length === 0 ? (
        <p class="muted">No task and no log has joined.</p>
      ) : (
        <div class="wide">
          <table>
            <thead>
              <tr>
                <th scope="col">Task or log</th>
                <th scope="col">State</th>
                <th scope="col">Attempt</th>
                <th scope="col">End</th>
                <th scope="col">Actions</th>
              </tr>
            </thead>
            <tbody>
              {others.map((member) => (
                <tr key={member.id}>
                  <th scope="row">
                    <a href={links.element(member.id)}>{member.id}</a>
                  </th>
                  <td>
                    <State of={member.task?.state ?? (member.bound ? 'bound' : 'joined')} />
                  </td>
                  <td>{member.task?.attempt ?? ''}</td>
                  <td>{member.task && endInWords(member.task)}</td>
                  <td>
                    {onPress && <MemberButtons of={member} onPress={onPress} />}
                    {onPress && member.task && member.bound && <Interrupt id={member.id} onPress={onPress} />}
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
      {others.filter(isKeptHere).map(({ id, task }) => (
        <TaskOutput
          key={`${id} ${task?.attempt}`}
          executorId={executorId}
          taskId={id}
          attempt={task?.attempt ?? 0}
        />
      ))}
    </section>
  );
};
