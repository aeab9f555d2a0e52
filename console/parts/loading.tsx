import type { ComponentChildren } from 'preact';
import { ProblemError } from '../../client/problem-error.ts';
import { links } from '../route.ts';
import type { Loaded } from '../use-load.ts';
import { codeOf, ProblemNotice } from './problem-notice.tsx';

/** Whether a repeated read would get the same answer: the element does not exist, or the user may not read it. */
const isFinal = (error: unknown): boolean =>
  error instanceof ProblemError && (error.status === 404 || error.status === 403);

/** Shows the loaded data, a notice while it loads, or its error. */
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
        {codeOf(error) === 'unknown-location' && (
          <p>
            It may have been deleted, or have another name: see all <a href={links.locations}>locations</a>.
          </p>
        )}
        {!isFinal(error) && (
          <button type="button" onClick={reload}>
            Try again
          </button>
        )}
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
