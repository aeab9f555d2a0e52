import { useEffect, useRef } from 'preact/hooks';

/** Aborts when the user leaves the view. */
export const useLeaving = (): { readonly signal: AbortSignal } => {
  const leaving = useRef(new AbortController());
  useEffect(() => () => leaving.current.abort(new Error('the page was left')), []);
  return { signal: leaving.current.signal };
};
