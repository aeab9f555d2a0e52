import { useEffect, useRef, useState } from 'preact/hooks';
import type { Envelope } from '../../lib/event/consumer.ts';
import { type Kind, kinds } from '../../lib/kind/index.ts';
import { api } from '../api.ts';
import { Choice } from '../parts/choice.tsx';
import { Heading } from '../parts/heading.tsx';
import { IdLink } from '../parts/id-link.tsx';
import { ProblemNotice } from '../parts/problem-notice.tsx';
import { Time } from '../parts/time.tsx';
import { actorInWords, changeInWords, type Told, verbInWords } from '../runs/change-in-words.ts';

/** The number of events that are shown, the latest first. */
const MOST = 200;

type Kinds = Kind | 'location';

/** Which events to show: of a kind, or of a location. */
interface Asked {
  readonly kind: Kinds | undefined;
  readonly location: string | undefined;
}

/** The most pages of earlier events; for a longer log, the view shows only new events. */
const MOST_PAGES = 20;
const PAGE = 1_000;

/** Reads earlier events, the latest last, within the limit of pages; and the position after them. */
const readBefore = async (
  query: Asked & { readonly signal: AbortSignal },
): Promise<{ readonly events: readonly Envelope[]; readonly after: string }> => {
  let events: readonly Envelope[] = [];
  let after: string | undefined;
  for (let count = 0; count < MOST_PAGES; count += 1) {
    const page = await api.events.page({ ...query, after, limit: PAGE });
    events = [...events, ...page.items].slice(-MOST);
    if (page.after === after) return { events, after };
    ({ after } = page);
  }
  return { events: [], ...(await api.events.page({ ...query, after: 'latest', limit: 1 })) };
};

/** Earlier and new events. A pause collects new ones. */
const useEvents = ({ kind, location }: Asked, isPaused: boolean) => {
  const [shown, setShown] = useState<readonly Envelope[]>([]);
  const [waiting, setWaiting] = useState(0);
  const [isFollowing, setFollowing] = useState(false);
  const [error, setError] = useState<unknown>();
  const gathered = useRef<Envelope[]>([]);
  const paused = useRef(isPaused);
  paused.current = isPaused;
  const flush = useRef(() => {});
  flush.current = () => {
    if (paused.current) return setWaiting(gathered.current.length);
    const fresh = gathered.current.splice(0).reverse();
    setWaiting(0);
    if (fresh.length > 0) setShown((before) => [...fresh, ...before].slice(0, MOST));
  };
  useEffect(() => flush.current(), [isPaused]);
  useEffect(() => {
    const abort = new AbortController();
    let isDue = false;
    const follow = async (): Promise<void> => {
      const { signal } = abort;
      // With the position known, no event is missed.
      const { events, after } = await readBefore({ kind, location, signal });
      setShown(events.toReversed());
      setFollowing(true);
      for await (const { event } of api.events.watch({ after, kind, location, signal })) {
        gathered.current.push(event);
        if (gathered.current.length > MOST) gathered.current.shift();
        if (isDue) continue;
        isDue = true;
        // Several events cause one update of the page.
        requestAnimationFrame(() => {
          isDue = false;
          flush.current();
        });
      }
    };
    setShown([]);
    setFollowing(false);
    setError(undefined);
    follow().catch((thrown) => abort.signal.aborted || setError(thrown));
    return () => abort.abort();
  }, [kind, location]);
  return { shown, waiting, isFollowing, error };
};

const Row = ({ event: { 'detail-type': type, detail } }: { readonly event: Envelope }) => {
  const { id, at, actor } = detail;
  const [subject = '', verb = ''] = type.split(' ');
  const told = detail as Told;
  const words = changeInWords(verb, told);
  return (
    <li>
      <Time at={at} />{' '}
      <strong>{verbInWords(verb, told) === verb ? type : `${subject}: ${verbInWords(verb, told)}`}</strong>{' '}
      <IdLink id={id} /> by <span title={actor}>{actorInWords(verb, actor)}</span>
      {words !== '' && `: ${words}`}
    </li>
  );
};

/** Live events. */
export const EventsView = () => {
  const [asked, setAsked] = useState<Asked>({ kind: undefined, location: undefined });
  const [isPaused, setPaused] = useState(false);
  const { shown, waiting, isFollowing, error } = useEvents(asked, isPaused);
  return (
    <>
      <Heading title="Events">
        <button type="button" aria-pressed={isPaused} onClick={() => setPaused(!isPaused)}>
          Pause
        </button>
      </Heading>
      <search class="filters">
        <Choice
          id="kind"
          label="Kind"
          value={asked.kind ?? ''}
          options={[['', 'every kind'], ...[...kinds, 'location' as const].map((each) => [each] as const)]}
          onChoose={(kind) => setAsked((before) => ({ ...before, kind: kind || undefined }))}
        />
        <div class="field">
          <label for="location">Location</label>
          <input
            id="location"
            name="location"
            placeholder="every location"
            autocomplete="off"
            spellcheck={false}
            onChange={({ currentTarget: { value } }) =>
              setAsked((before) => ({ ...before, location: value.trim() || undefined }))
            }
          />
        </div>
      </search>
      <ProblemNotice error={error} />
      <p class="muted" role="status">
        {isPaused && `Paused; ${waiting} wait.`}
        {!isPaused && (isFollowing ? 'Following what happens.' : 'Loading …')}
      </p>
      {shown.length === 0 && isFollowing && <p>No earlier events can be shown; new events appear here.</p>}
      {shown.length > 0 && (
        <div role="log" aria-label="Events, the latest first">
          <ol class="plain" reversed>
            {shown.map((event) => (
              <Row key={event.detail.eventId} event={event} />
            ))}
          </ol>
        </div>
      )}
    </>
  );
};
