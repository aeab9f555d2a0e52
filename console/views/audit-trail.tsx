import { useState } from 'preact/hooks';
import type { AuditEntry } from '../../lib/event/audit-entry.ts';
import { api } from '../api.ts';
import { counted } from '../parts/amounts.ts';
import { IdLink } from '../parts/id-link.tsx';
import { Loading } from '../parts/loading.tsx';
import { Time } from '../parts/time.tsx';
import { actorInWords, changeInWords, type Told, verbInWords, verbOfRun } from '../runs/change-in-words.ts';
import { useLoad } from '../use-load.ts';

/** Entries shown at first, and the most pages to read. */
const FIRST = 15;
const MOST_PAGES = 20;

const readTrail = async (id: string, signal: AbortSignal): Promise<AuditEntry[]> => {
  const found: AuditEntry[] = [];
  let count = 0;
  for await (const { items } of api.elements.audit(id, { signal }).pages()) {
    found.push(...items);
    count += 1;
    if (count === MOST_PAGES) break;
  }
  // A step of the service may come into the trail after what it caused.
  return found.reverse().sort((a, b) => (a.at === b.at ? 0 : a.at < b.at ? 1 : -1));
};

/** The other element of an entry: the new child, the tag, or the executor of the composition. */
const otherOf = ({ id, child, tag, composition }: AuditEntry): string | undefined =>
  id ?? child?.id ?? tag?.id ?? composition?.executorId;

const Row = ({ of, self }: { readonly of: AuditEntry; readonly self: string }) => {
  const { at, actor, action, revision } = of;
  const other = otherOf(of);
  const words = changeInWords(action, of as Told);
  return (
    <li>
      <strong>{(other === self ? verbOfRun : verbInWords)(action, of as Told)}</strong>
      {other !== undefined && other !== self && (
        <>
          {' '}
          <IdLink id={other} />
        </>
      )}
      {words !== '' && `: ${words}`}
      <div class="help">
        <Time at={at} /> by <span title={actor}>{actorInWords(action, actor)}</span>
        {revision !== undefined && `, revision ${revision}`}
      </div>
    </li>
  );
};

/** Who did what and when, with names of changed fields but never values. The latest first. */
export const AuditTrail = ({
  id,
  revision,
  title = 'Audit trail',
  self = id,
  isMeant = () => true,
}: {
  readonly id: string;
  readonly revision: number;
  readonly title?: string;
  /** The element whose page it is on. */
  readonly self?: string;
  readonly isMeant?: (entry: AuditEntry) => boolean;
}) => {
  const trail = useLoad((signal) => readTrail(id, signal), [id, revision]);
  const [isWhole, setWhole] = useState(false);
  return (
    <section class="card" aria-labelledby="audit">
      <h2 id="audit">{title}</h2>
      <Loading of={trail}>
        {(all) => {
          const meant = all.filter(isMeant);
          if (meant.length === 0)
            return <p class="muted">No events yet; new events appear here after a moment.</p>;
          return (
            <>
              <ol class="plain" reversed>
                {meant.slice(0, isWhole ? undefined : FIRST).map((entry) => (
                  <Row key={entry.eventId} of={entry} self={self} />
                ))}
              </ol>
              {!isWhole && meant.length > FIRST && (
                <button type="button" class="quiet" onClick={() => setWhole(true)}>
                  Show all {counted(meant.length, 'entry', 'entries')}
                </button>
              )}
            </>
          );
        }}
      </Loading>
    </section>
  );
};
