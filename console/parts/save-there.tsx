import { useState } from 'preact/hooks';
import { api } from '../api.ts';
import { useChanges } from '../composition/use-changes.ts';
import { links, partsOfId } from '../route.ts';
import { isUnsaved } from '../runs/standing.ts';
import { tasksOf } from '../runs/tasks-of.ts';
import { useLoad } from '../use-load.ts';

/** Saves the writes of an ended run that still has a volume, so that others can write to it; shows nothing while it runs. */
export const SaveThere = ({
  executorId,
  isRefusal = true,
}: {
  readonly executorId: string;
  /** Whether the service refused another run for it. */
  readonly isRefusal?: boolean;
}) => {
  const executor = useLoad(
    (signal) => api.elements.read(executorId, { fields: ['composition'], signal }),
    [executorId],
  );
  useChanges(executorId, executor.reload);
  const [isAsked, setAsked] = useState(false);
  const [failure, setFailure] = useState('');
  const runs = tasksOf(executor.value?.composition);
  const run = runs.find(isUnsaved);
  const name = partsOfId(executorId).name;
  const save = async (): Promise<void> => {
    setFailure('');
    try {
      const { handle } = await api.compositions.open(executorId);
      await api.compositions.unbind(handle);
      setAsked(true);
      executor.reload();
    } catch (error) {
      setFailure((error as Error).message);
    }
  };
  if (run) {
    return (
      <>
        <p>
          <a href={links.run(executorId, run.id)}>{name}</a> has ended, and its writes are not saved.
          {isRefusal && ' Save it, then try again.'}
        </p>
        <p>
          <button type="button" onClick={save}>
            Save what {name} wrote
          </button>
        </p>
        {failure !== '' && <p role="alert">{failure}</p>}
      </>
    );
  }
  if (!isAsked) return null;
  return (
    <p role="status">
      {runs.some(({ isSaving }) => isSaving)
        ? `Saving what ${name} wrote …`
        : `It is saved.${isRefusal ? ' Try again.' : ''}`}
    </p>
  );
};
