import { api } from '../api.ts';
import { Pager } from '../parts/pager.tsx';
import { Time } from '../parts/time.tsx';

const changesOf = (changed: readonly string[] | undefined, more: number | undefined): string => {
  if (!changed || changed.length === 0) return '';
  return `: ${changed.join(', ')}${more ? ` and ${more} more` : ''}`;
};

/** Who did what, when: names of what changed, never values. */
export const AuditTrail = ({ id, revision }: { readonly id: string; readonly revision: number }) => (
  <section aria-labelledby="audit">
    <h2 id="audit">Audit trail</h2>
    <Pager
      key={revision}
      read={() => api.elements.audit(id).pages()}
      empty="Nothing is known yet: what happens appears here after a moment."
      row={({ at, actor, action, revision: of, changed, moreChanged, id: whose }) => (
        <>
          <Time at={at} /> <strong>{action}</strong> {whose ?? ''}{' '}
          {of === undefined ? '' : `(revision ${of}) `}
          by {actor}
          {changesOf(changed, moreChanged)}
        </>
      )}
    />
  </section>
);
