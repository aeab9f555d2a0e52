import { useEffect, useRef, useState } from 'preact/hooks';
import type { AttemptOf, WrittenLine } from '../../client/outputs.ts';
import { api } from '../api.ts';
import { counted } from '../parts/amounts.ts';
import { Choice } from '../parts/choice.tsx';
import { ProblemNotice } from '../parts/problem-notice.tsx';

/** Lines of each stream shown at first, the most lines shown, and milliseconds between updates. */
const TAIL = 500;
const MOST = 5_000;
const SHOW_MS = 100;

/** The last lines of an attempt, and new lines. */
const useLines = ({ executorId, taskId, attempt }: AttemptOf) => {
  const [lines, setLines] = useState<readonly WrittenLine[]>([]);
  const [isOver, setOver] = useState(false);
  const [error, setError] = useState<unknown>();
  useEffect(() => {
    const abort = new AbortController();
    const { signal } = abort;
    const found: WrittenLine[] = [];
    let isDue = false;
    const show = (): void => {
      if (!isDue) return;
      isDue = false;
      setLines([...found]);
    };
    const timer = setInterval(show, SHOW_MS);
    const follow = async (): Promise<void> => {
      const query = { tail: TAIL, follow: true, signal };
      for await (const line of api.outputs.written({ executorId, taskId, attempt }, query)) {
        found.push(line);
        isDue = true;
        if (found.length > MOST) found.shift();
      }
      show();
      if (!signal.aborted) setOver(true);
    };
    setLines([]);
    setOver(false);
    setError(undefined);
    follow().catch((failure) => signal.aborted || setError(failure));
    return () => {
      clearInterval(timer);
      abort.abort();
    };
  }, [executorId, taskId, attempt]);
  return { lines, isOver, error };
};

/** Saves the whole stored output of an attempt, not only the lines shown. */
const download = async (of: AttemptOf, name: string): Promise<void> => {
  const parts: string[] = [];
  for await (const { at, stream, text } of api.outputs.written(of)) parts.push(`${at} ${stream} ${text}\n`);
  const url = URL.createObjectURL(new Blob(parts, { type: 'text/plain' }));
  const link = Object.assign(document.createElement('a'), { href: url, download: name });
  link.click();
  URL.revokeObjectURL(url);
};

/** A text with marked matches of the search. */
const Marked = ({ text, wanted }: { readonly text: string; readonly wanted: string }) => {
  if (wanted === '') return <>{text}</>;
  const parts: (string | preact.JSX.Element)[] = [];
  const lower = text.toLowerCase();
  let from = 0;
  for (let at = lower.indexOf(wanted); at >= 0; at = lower.indexOf(wanted, from)) {
    parts.push(text.slice(from, at), <mark key={at}>{text.slice(at, at + wanted.length)}</mark>);
    from = at + wanted.length;
  }
  return (
    <>
      {parts}
      {text.slice(from)}
    </>
  );
};

const Toggle = ({
  label,
  isOn,
  onChange,
}: {
  readonly label: string;
  readonly isOn: boolean;
  readonly onChange: (isOn: boolean) => void;
}) => (
  <button type="button" class="quiet" aria-pressed={isOn} onClick={() => onChange(!isOn)}>
    {label}
  </button>
);

/** The output of an attempt, with search, follow and download. */
export const LogView = ({
  of,
  name,
  isLive,
  hasStarted,
}: {
  readonly of: AttemptOf;
  readonly name: string;
  readonly isLive: boolean;
  /** Whether the attempt has started. */
  readonly hasStarted: boolean;
}) => {
  const { lines, isOver, error } = useLines(of);
  const [wanted, setWanted] = useState('');
  const [stream, setStream] = useState('');
  const [isFollowing, setFollowing] = useState(true);
  const [hasTimes, setTimes] = useState(false);
  const [isWrapped, setWrapped] = useState(true);
  const [failure, setFailure] = useState<unknown>();
  const box = useRef<HTMLDivElement>(null);
  const sought = wanted.toLowerCase();
  const shown = lines.filter(
    (line) => (stream === '' || line.stream === stream) && line.text.toLowerCase().includes(sought),
  );
  useEffect(() => {
    if (isFollowing && box.current) box.current.scrollTop = box.current.scrollHeight;
  }, [shown.length, lines, isFollowing]);
  if (lines.length === 0 && error === undefined) {
    return (
      <p class="muted" role="status">
        {isOver || !isLive
          ? `It wrote no output${hasStarted ? '' : ': it never started'}.`
          : 'It has written nothing yet.'}
      </p>
    );
  }
  return (
    <>
      <div class="filters">
        <div class="field">
          <label for="log-search">Search</label>
          <input
            id="log-search"
            type="search"
            value={wanted}
            onInput={(event) => setWanted(event.currentTarget.value)}
          />
        </div>
        <Choice
          id="log-stream"
          label="Stream"
          value={stream}
          options={[
            ['', 'both'],
            ['stdout', 'standard output'],
            ['stderr', 'standard error'],
          ]}
          onChoose={setStream}
        />
        {isLive && <Toggle label="Follow" isOn={isFollowing} onChange={setFollowing} />}
        <Toggle label="Times" isOn={hasTimes} onChange={setTimes} />
        <Toggle label="Wrap" isOn={isWrapped} onChange={setWrapped} />
        <button
          type="button"
          class="quiet"
          onClick={() => void download(of, `${name}-${of.attempt}.log`).catch(setFailure)}
        >
          Download
        </button>
      </div>
      <ProblemNotice error={error ?? failure} />
      <div
        class={isWrapped ? 'log wrap' : 'log'}
        role="log"
        aria-label={`Output of attempt ${of.attempt}`}
        ref={box}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: keyboard users scroll it.
        tabIndex={0}
        onWheel={(event) => event.deltaY < 0 && setFollowing(false)}
      >
        {shown.map((line, at) => (
          <div key={at} class={line.stream}>
            {hasTimes && <time>{line.at} </time>}
            <Marked text={line.text} wanted={sought} />
          </div>
        ))}
      </div>
      <p class="help" role="status">
        {sought === ''
          ? counted(shown.length, 'line')
          : `${shown.length} of ${counted(lines.length, 'line')}`}
        {isOver ? ', end of output.' : isLive ? '. More appears as it is written.' : '.'}
      </p>
    </>
  );
};
