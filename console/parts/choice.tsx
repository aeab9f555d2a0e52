interface ChoiceProps<V extends string> {
  readonly id: string;
  readonly label: string;
  readonly value: V;
  /** The options, each with a label if it differs from the value. */
  readonly options: readonly (readonly [value: V, words?: string])[];
  readonly onChoose: (value: V) => void;
}

/** A choice of one of several options, with its label. */
export const Choice = <V extends string>({ id, label, value, options, onChoose }: ChoiceProps<V>) => (
  <div class="field">
    <label for={id}>{label}</label>
    <select id={id} value={value} onChange={(event) => onChoose(event.currentTarget.value as V)}>
      {options.map(([each, words = each]) => (
        <option key={each} value={each}>
          {words}
        </option>
      ))}
    </select>
  </div>
);
