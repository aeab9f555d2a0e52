import { RemoveButton } from '../forms/item-buttons.tsx';

interface RowFieldProps {
  readonly id: string;
  readonly label: string;
  readonly value: string;
  readonly placeholder?: string;
  readonly onValue: (value: string) => void;
}

/** A text of a row. */
export const RowField = ({ id, label, onValue, ...rest }: RowFieldProps) => (
  <div class="field grow">
    <label for={id}>{label}</label>
    <input
      {...rest}
      id={id}
      spellcheck={false}
      autocomplete="off"
      onInput={(event) => onValue(event.currentTarget.value)}
    />
  </div>
);

/** Rows that are changed and taken away, each by its place. */
export const changesOf = <T extends object>(rows: readonly T[], onChange: (rows: T[]) => void) => ({
  set: (at: number, changed: Partial<T>): void =>
    onChange(rows.map((row, place) => (place === at ? { ...row, ...changed } : row))),
  remove: (at: number, label: string) => (
    <RemoveButton label={label} onPress={() => onChange(rows.filter((_, place) => place !== at))} />
  ),
});
