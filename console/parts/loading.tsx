import type { ComponentChildren } from 'preact';
import type { Loaded } from '../use-load.ts';
import { ProblemNotice } from './problem-notice.tsx';

/** Shows what was read; that it is being read; or why it could not be. */
export const Loading = <T,>({
  of: { value, error, isLoading, reload },
  children,
}: {
  readonly of: Loaded<T>;
  readonly children: (value: T) => ComponentChildren;
}) => (
  <>
    {error !== undefined && (
      <>
        <ProblemNotice error={error} />
        <button type="button" onClick={reload}>
          Try again
        </button>
      </>
    )}
    {value === undefined && isLoading && (
      <p class="muted" role="status">
        Loading …
      </p>
    )}
    {value !== undefined && children(value)}
  </>
);
