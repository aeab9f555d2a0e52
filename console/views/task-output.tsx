import { useEffect, useState } from 'preact/hooks';
import type { AttemptOf, OutputLine } from '../../client/outputs.ts';
import { api } from '../api.ts';
import { ProblemNotice } from '../parts/problem-notice.tsx';

const STREAMS = ['stdout', 'stderr'] as const;
/** Lines of each stream that are shown at first, lines that are shown at most, and how often more of them are. */
const TAIL = 100;
const MOST = 1_000;
const SHOW_MS = 100;

interface ShownLine extends OutputLine {
  readonly stream: (typeof STREAMS)[number];
}

/** The last lines of an attempt, and those that follow. */
const Lines = ({ executorId, taskId, attempt }: AttemptOf) => {
  const [lines, setLines] = useState<readonly ShownLine[]>([]);
  const [error, setError] = useState<unknown>();
  useEffect(() => {
    const abort = new AbortController();
    const { signal } = abort;
    const found: ShownLine[] = [];
    let shown = 0;
    let count = 0;
    const timer = setInterval(() => {
      if (count === shown) return;
      shown = count;
      setLines([...found]);
    }, SHOW_MS);
    const follow = async (stream: ShownLine['stream']): Promise<void> => {
      const query = { tail: TAIL, follow: true, signal };
      for await (const line of api.outputs.lines({ executorId, taskId, attempt }, stream, query)) {
        found.push({ ...line, stream });
        count += 1;
        if (found.length > MOST) found.shift();
      }
    };
    Promise.all(STREAMS.map(follow)).catch((failure) => {
      if (!signal.aborted) setError(failure);
    });
    return () => {
      clearInterval(timer);
      abort.abort();
    };
  }, [executorId, taskId, attempt]);
  return (
    <>
      <ProblemNotice error={error} />
      <pre role="log" aria-label={`Output of ${taskId}`}>
        {lines.map(({ stream, text }) => (stream === 'stdout' ? `${text}\n` : `[stderr] ${text}\n`)).join('')}
      </pre>
    </>
  );
};

/** What the latest attempt of a task wrote, once somebody wants to see it; none where the service does not keep it. */
export const TaskOutput = (of: AttemptOf) => {
  const [isOpen, setOpen] = useState(false);
  return (
    <details open={isOpen} onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>
        Output of {of.taskId}, attempt {of.attempt}
      </summary>
      {isOpen && <Lines {...of} />}
    </details>
  );
};
