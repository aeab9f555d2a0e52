import type { ComponentChildren } from 'preact';
import { useId, useRef, useState } from 'preact/hooks';
import { ProblemNotice } from './problem-notice.tsx';

interface ConfirmedProps {
  /** The label of the button: `Delete`. */
  readonly verb: string;
  readonly what?: string;
  /** The label of the confirming button: `Delete it`. */
  readonly confirm?: string;
  readonly consequence: ComponentChildren;
  /** The look of the first button; the second confirms in any case. */
  readonly look?: 'danger' | 'quiet';
  /** Reads what prevents the action when the user presses the button. */
  readonly onAsk?: () => Promise<ComponentChildren | undefined>;
  readonly onConfirm: () => Promise<void>;
}

/** A button that first shows the consequence of an action, and reasons that prevent it. */
export const Confirmed = ({
  verb,
  what = '',
  confirm = `${verb} it`,
  consequence,
  look = 'danger',
  onAsk,
  onConfirm,
}: ConfirmedProps) => {
  const dialog = useRef<HTMLDialogElement>(null);
  const title = useId();
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
      await onConfirm();
      dialog.current?.close();
    } catch (thrown) {
      setError(thrown);
    }
  };
  return (
    <>
      <button type="button" class={look} onClick={ask}>
        {verb}
      </button>
      <dialog ref={dialog} aria-labelledby={title}>
        <h2 id={title}>{`${verb} ${what}`.trim()}?</h2>
        {obstacle === undefined ? <p>{consequence}</p> : obstacle}
        <ProblemNotice error={error} />
        <div class="actions">
          {obstacle === undefined && (
            <button type="button" class="danger" onClick={act}>
              {confirm}
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
