import { api } from '../api.ts';
import type { MemberJson } from '../composition/differences.ts';
import type { Operation } from '../composition/operation.ts';

/** Binds, unbinds and removes one member. */
export const MemberButtons = ({
  of: { id, bound, saving },
  onPress,
}: {
  readonly of: MemberJson;
  readonly onPress: (operation: Operation) => void;
}) => (
  <span class="actions">
    {bound ? (
      <button
        type="button"
        class="quiet"
        aria-label={`Unbind ${id}`}
        onClick={() => onPress((handle) => api.compositions.unbind(handle, id))}
      >
        Unbind
      </button>
    ) : (
      <>
        <button
          type="button"
          class="quiet"
          aria-label={`Bind ${id}`}
          onClick={() => onPress((handle) => api.compositions.bind(handle, id))}
        >
          Bind
        </button>
        {saving ? (
          <button
            type="button"
            class="quiet"
            aria-label={`Discard the writes to ${id}`}
            onClick={() => {
              if (window.confirm(`Discard the writes to ${id}? They are not saved yet.`))
                onPress((handle) => api.compositions.unbind(handle, id, { discard: true }));
            }}
          >
            Discard
          </button>
        ) : (
          <button
            type="button"
            class="quiet"
            aria-label={`Leave ${id}`}
            onClick={() => onPress((handle) => api.compositions.leave(handle, id))}
          >
            Leave
          </button>
        )}
      </>
    )}
  </span>
);
