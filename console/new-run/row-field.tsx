import { RemoveButton } from '../forms/item-buttons.tsx';
import { describedBy, Notes } from './text-field.tsx';

interface RowFieldProps {
  readonly id: string;
  readonly label: string;
  readonly value: string;
  readonly placeholder?: string;
  /** The message for an invalid value. */
  readonly issue?: string | undefined;
  readonly onValue: (value: string) => void;
}

/** A text field in a row. */
export const RowField = ({ id, label, issue, onValue, ...rest }: RowFieldProps) => (
  <div class="field grow">
    <label for={id}>{label}</label>
    <input
      {...rest}
      id={id}
      aria-invalid={issue === undefined ? undefined : true}
      aria-describedby={describedBy(id, false, issue)}
      spellcheck={false}
      autocomplete="off"
      onInput={(event) => onValue(event.currentTarget.value)}
    />
    <Notes id={id} issue={issue} />
  </div>
);

/** Callbacks that change and remove a row by its index. */
export const changesOf = <T extends object>(rows: readonly T[], onChange: (rows: T[]) => void) => ({
  set: (at: number, changed: Partial<T>): void =>
    onChange(rows.map((row, place) => (place === at ? { ...row, ...changed } : row))),
  remove: (at: number, label: string) => (
    <RemoveButton label={label} onPress={() => onChange(rows.filter((_, place) => place !== at))} />
  ),
});
