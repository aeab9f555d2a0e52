import type { CompositionJson } from '../../lib/composition/shown-composition.ts';
import { links } from '../route.ts';
import { State } from './state.tsx';
import { Time } from './time.tsx';

interface ClosingNoticeProps {
  readonly of: NonNullable<CompositionJson['closing']>;
  /** Discards writes that are not saved. */
  readonly onDiscard: () => void;
}

const reasons = {
  running: 'the task has not ended',
  saving: 'its writes are not saved',
};

/** Reports that all members leave, and what the service waits for. */
export const ClosingNotice = ({ of: { since, by, executor, waitsFor }, onDiscard }: ClosingNoticeProps) => (
  <section class="notice" aria-labelledby="closing">
    <h2 id="closing">All members leave</h2>
    <p>
      <State of="closing" /> since <Time at={since} />, as {by} asked.{' '}
      {executor === 'delete' ? 'Then the executor is deleted.' : 'The executor stays.'} Until then nothing
      joins, and nothing is bound.
    </p>
    {waitsFor.length === 0 ? (
      <p>It waits for nothing, and ends within a minute.</p>
    ) : (
      <>
        <p>It waits for:</p>
        <ul>
          {waitsFor.map(({ id, why, message }) => (
            <li key={id}>
              <a href={links.element(id)}>{id}</a>: {reasons[why]}. {message}
            </li>
          ))}
        </ul>
      </>
    )}
    {waitsFor.some(({ why }) => why === 'saving') && (
      <button
        type="button"
        class="quiet"
        onClick={() => {
          if (window.confirm('Discard the writes that are not saved yet?')) onDiscard();
        }}
      >
        Discard what is not saved
      </button>
    )}
  </section>
);
