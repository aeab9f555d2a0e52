import type { ComponentChild } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import type { PageJson } from '../../lib/element/page.ts';
import { ProblemNotice } from './problem-notice.tsx';

interface PagerProps<T> {
  /** Called once, when the list appears. */
  readonly read: () => AsyncGenerator<PageJson<T>, void>;
  readonly empty: string;
  readonly row: (item: T) => ComponentChild;
}

/** A list that loads the next page on request. */
export const Pager = <T,>({ read, empty, row }: PagerProps<T>) => {
  const pages = useRef<AsyncGenerator<PageJson<T>, void>>(undefined);
  const [items, setItems] = useState<readonly T[]>([]);
  const [hidden, setHidden] = useState(0);
  const [isWhole, setWhole] = useState(false);
  const [error, setError] = useState<unknown>();
  const next = async (): Promise<void> => {
    try {
      pages.current ??= read();
      const { value, done } = await pages.current.next();
      if (value) {
        setItems((before) => [...before, ...value.items]);
        setHidden((before) => before + (value.hidden ?? 0));
      }
      setWhole(done === true || value?.cursor === undefined);
    } catch (thrown) {
      setError(thrown);
      setWhole(true);
    }
  };
  useEffect(() => void next(), []);
  if (error !== undefined) return <ProblemNotice error={error} />;
  if (items.length === 0 && hidden === 0) return <p class="muted">{isWhole ? empty : 'Loading …'}</p>;
  return (
    <>
      <ul class="plain">
        {items.map((item, at) => (
          <li key={at}>{row(item)}</li>
        ))}
      </ul>
      {hidden > 0 && <p class="muted">{hidden} more that you may not read.</p>}
      {!isWhole && (
        <button type="button" class="quiet" onClick={next}>
          Show more
        </button>
      )}
    </>
  );
};
