import type { ComponentChildren } from 'preact';
import { isCode } from '../../client/problem-error.ts';
import { api } from '../api.ts';
import { Loading } from '../parts/loading.tsx';
import { links, partsOfId } from '../route.ts';
import { type Loaded, useLoad } from '../use-load.ts';
import { AuditTrail } from './audit-trail.tsx';

/** Where to look for a missing element, and its audit trail if there is one that the user may read. */
const Elsewhere = ({ id, words }: { readonly id: string; readonly words: string }) => {
  const { location } = partsOfId(id);
  const first = useLoad(() => api.elements.audit(id).pages().next(), [id]);
  return (
    <>
      <p>
        {words} all of <a href={links.location(location)}>{location}</a>, or the <a href={links.runs}>runs</a>
        .
      </p>
      {first.value && <AuditTrail id={id} revision={0} />}
    </>
  );
};

/** `Loading` of an element. If the element is missing, the view says where to look. */
export const LoadingElement = <T,>({
  of,
  id,
  kind,
  gone,
  children,
}: {
  readonly of: Loaded<T>;
  readonly id: string;
  /** What the user calls it: its kind, or a run. */
  readonly kind: string;
  /** The verb for its end. */
  readonly gone: 'deleted' | 'removed';
  readonly children: (value: T) => ComponentChildren;
}) => {
  const { name, location } = partsOfId(id);
  const isMissing = isCode(of.error, 'not-found');
  return (
    <>
      <Loading of={isMissing ? { ...of, error: undefined } : of}>{children}</Loading>
      {of.error !== undefined && of.value === undefined && (
        <Elsewhere
          id={id}
          words={
            isMissing
              ? `There is no ${kind} ${name} in ${location}: it was ${gone}, or has another name. See`
              : 'It may have been deleted, or have another name: see'
          }
        />
      )}
    </>
  );
};
