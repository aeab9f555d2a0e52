import { endInWords } from '../../lib/composition/end-in-words.ts';
import type { AuditEntry } from '../../lib/event/audit-entry.ts';
import { api } from '../api.ts';
import { Pager } from '../parts/pager.tsx';
import { Time } from '../parts/time.tsx';
import { links } from '../route.ts';
import { useLoad } from '../use-load.ts';

const changesOf = (changed: readonly string[] | undefined, more: number | undefined): string => {
  if (!changed || changed.length === 0) return '';
  return `: ${changed.join(', ')}${more ? ` and ${more} more` : ''}`;
};

/** The other that an entry names: the child that came of it, or the executor that it was composed on. */
const otherOf = ({ id, child, composition }: AuditEntry): string | undefined =>
  id ?? child?.id ?? composition?.executorId;

const Row = ({ of }: { readonly of: AuditEntry }) => {
  const { at, actor, action, revision, changed, moreChanged } = of;
  const other = otherOf(of);
  const end = endInWords(of);
  return (
    <>
      <Time at={at} /> <strong>{action}</strong>{' '}
      {other !== undefined && <a href={links.element(other)}>{other}</a>}{' '}
      {revision !== undefined && `(revision ${revision}) `}by {actor}
      {changesOf(changed, moreChanged)}
      {end && `: ${end}`}
    </>
  );
};

/** Who did what, when: names of what changed, never values. */
export const AuditTrail = ({ id, revision }: { readonly id: string; readonly revision: number }) => (
  <section aria-labelledby="audit">
    <h2 id="audit">Audit trail</h2>
    <Pager
      key={revision}
      read={() => api.elements.audit(id).pages()}
      empty="Nothing is known yet: what happens appears here after a moment."
      row={(entry) => <Row of={entry} />}
    />
  </section>
);

/** The trail of what is there no more; nothing where none is kept, or it is none of the reader's. */
export const FormerTrail = ({ id }: { readonly id: string }) => {
  const first = useLoad(() => api.elements.audit(id).pages().next(), [id]);
  return first.value ? <AuditTrail id={id} revision={0} /> : null;
};
