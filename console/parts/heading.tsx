import type { ComponentChildren } from 'preact';
import { useEffect, useRef } from 'preact/hooks';

interface HeadingProps {
  /** The name of the view, in the page and in the window's title. */
  readonly title: string;
  /** Above the title: the kind of the view. */
  readonly above?: ComponentChildren;
  /** Beside the title: the state. */
  readonly beside?: ComponentChildren;
  readonly children?: ComponentChildren;
}

let isFirst = true;

/** The heading of a view. It takes the focus when the user opens the view, so that a screen reader names it. */
export const Heading = ({ title, above, beside, children }: HeadingProps) => {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    document.title = `${title} · Taskport`;
    // A newly loaded page keeps its focus at the start, like every page.
    if (!isFirst) heading.current?.focus();
    isFirst = false;
  }, [title]);
  return (
    <div class="heading">
      {above && <p class="above">{above}</p>}
      <h1 ref={heading} tabIndex={-1}>
        {title}
      </h1>
      {beside}
      {children && <div class="actions">{children}</div>}
    </div>
  );
};
