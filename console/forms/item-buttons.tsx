import { inner } from './label.ts';

interface ItemButtonProps {
  /** What it is done to: `ro 1` is taken away, to `ro` is added. */
  readonly label: string;
  readonly onPress: () => void;
}

/** Takes away one of several; it stands at what it takes away, so that its name need not be seen. */
export const RemoveButton = ({ label, onPress }: ItemButtonProps) => (
  <button type="button" class="quiet" aria-label={`Remove ${label}`} onClick={onPress}>
    Remove
  </button>
);

/** Adds one more, which is given the focus once it is there. */
export const AddButton = ({
  label,
  addedId,
  isFull = false,
  onPress,
}: ItemButtonProps & {
  /** The element that will be there, with its fields. */
  readonly addedId: string;
  readonly isFull?: boolean;
}) => {
  const focus = (): void =>
    document.getElementById(addedId)?.querySelector<HTMLElement>('input, select')?.focus();
  const press = (): void => {
    onPress();
    requestAnimationFrame(focus);
  };
  return (
    <button type="button" class="quiet" disabled={isFull} onClick={press}>
      Add to {inner(label)}
    </button>
  );
};
