import { api } from '../api.ts';
import type { Operation } from '../composition/operation.ts';
import { Confirmed } from '../parts/confirmed.tsx';
import { Interrupt } from '../parts/signals.tsx';
import { goTo, links, nameOfRun } from '../route.ts';
import { isLive, isUnsaved, standingOf } from './standing.ts';
import type { TaskOf } from './tasks-of.ts';

interface RunButtonsProps {
  readonly of: TaskOf;
  /** Settles after the operation; throws the error of the service. */
  readonly operate: (operation: Operation) => Promise<void>;
  readonly onPress: (operation: Operation) => void;
}

/** The actions that the standing of a run permits. */
export const RunButtons = ({ of, operate, onPress }: RunButtonsProps) => {
  const { id, bound } = of;
  const standing = standingOf(of);
  const name = nameOfRun(of);
  const runAgain: Operation = async (handle) => {
    const free = bound ? (await api.compositions.unbind(handle, id)).handle : handle;
    // An unbind of everything has also released its storage, so this binds it again.
    await api.compositions.bind(free);
  };
  if (isLive(standing)) {
    return (
      <>
        {standing !== 'stopping' && (
          <Confirmed
            verb={standing === 'running' ? 'Stop' : 'Cancel'}
            what={name}
            consequence={
              standing === 'running'
                ? 'The runner sends the stop signal, and kills the task if it does not end in time. The task does not restart.'
                : 'The task does not start.'
            }
            onConfirm={() => operate((handle) => api.compositions.unbind(handle, id))}
          />
        )}
        {standing === 'running' && <Interrupt id={id} onPress={onPress} />}
      </>
    );
  }
  return (
    <>
      {isUnsaved(of) && (
        <button type="button" onClick={() => onPress((handle) => api.compositions.unbind(handle))}>
          Save
        </button>
      )}
      <button type="button" class={isUnsaved(of) ? 'quiet' : ''} onClick={() => onPress(runAgain)}>
        {of.attempt === 0 ? 'Run' : 'Run again'}
      </button>
      <a class="button quiet" href={links.again(of.executorId)}>
        Run again with changes
      </a>
      <Confirmed
        verb="Remove"
        what={name}
        consequence="This deletes the run and its output. Images and volumes stay; the runner first saves the writes to volumes."
        onConfirm={async () => {
          await operate((handle) => api.compositions.close(handle, { executor: 'delete' }));
          goTo(links.runs);
        }}
      />
    </>
  );
};
