import type { ComponentChildren } from 'preact';
import { useRef, useState } from 'preact/hooks';
import { ProblemNotice } from './problem-notice.tsx';

interface DeleteButtonProps {
  /** What the button does; deletes unless it says otherwise. */
  readonly verb?: string;
  readonly what: string;
  readonly consequence: ComponentChildren;
  /** Read when it is asked whether to: who forbids it. */
  readonly onAsk?: () => Promise<ComponentChildren | undefined>;
  readonly onDelete: () => Promise<void>;
}

/** Deletes once that is confirmed, and says before that what forbids it. */
export const DeleteButton = ({ verb = 'Delete', what, consequence, onAsk, onDelete }: DeleteButtonProps) => {
  const dialog = useRef<HTMLDialogElement>(null);
  const [obstacle, setObstacle] = useState<ComponentChildren>();
  const [error, setError] = useState<unknown>();
  const ask = async (): Promise<void> => {
    setError(undefined);
    try {
      setObstacle(await onAsk?.());
    } catch (thrown) {
      setError(thrown);
    }
    dialog.current?.showModal();
  };
  const act = async (): Promise<void> => {
    try {
      await onDelete();
      dialog.current?.close();
    } catch (thrown) {
      setError(thrown);
    }
  };
  return (
    <>
      <button type="button" class="danger" onClick={ask}>
        {verb}
      </button>
      <dialog ref={dialog} aria-labelledby="delete-title">
        <h2 id="delete-title">
          {verb} {what}?
        </h2>
        {obstacle === undefined ? <p>{consequence}</p> : obstacle}
        <ProblemNotice error={error} />
        <div class="actions">
          {obstacle === undefined && (
            <button type="button" class="danger" onClick={act}>
              {verb} it
            </button>
          )}
          <button type="button" class="quiet" onClick={() => dialog.current?.close()}>
            Cancel
          </button>
        </div>
      </dialog>
    </>
  );
};
