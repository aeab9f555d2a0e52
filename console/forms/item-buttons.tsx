import { inner } from './label.ts';

interface ItemButtonProps {
  /** The name of the item: `ro 1` for a removal, `ro` for an addition. */
  readonly label: string;
  readonly onPress: () => void;
}

/** Removes one item; stands beside it, so that the label may be hidden. */
export const RemoveButton = ({ label, onPress }: ItemButtonProps) => (
  <button type="button" class="quiet" aria-label={`Remove ${label}`} onClick={onPress}>
    Remove
  </button>
);

/** Adds an item, and moves the focus to it. */
export const AddButton = ({
  label,
  addedId,
  isFull = false,
  onPress,
}: ItemButtonProps & {
  /** The element of the new item's fields. */
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
