import { useState } from 'preact/hooks';
import { api } from '../api.ts';
import type { Operation } from '../composition/operation.ts';

/** The most usual signals; the command line can send all others. */
const SIGNALS = ['TERM', 'INT', 'HUP', 'QUIT', 'USR1', 'USR2', 'STOP', 'CONT', 'KILL'];

/** Sends a signal to a running task. */
export const Interrupt = ({
  id,
  onPress,
}: {
  readonly id: string;
  readonly onPress: (operation: Operation) => void;
}) => {
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
        Send signal
      </button>
    </span>
  );
};
