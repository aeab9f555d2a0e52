import { endInWords } from '../../lib/composition/end-in-words.ts';
import type { Report } from '../../lib/composition/report-request.ts';
import { defined } from '../../lib/defined.ts';
import type { TaskSpec } from '../../lib/element/task-spec.ts';
import type { Attempt, Output } from '../../lib/execution/attempt.ts';
import type { Line, StreamName } from '../../lib/execution/log-sink.ts';
import { MAX_TAIL } from '../../lib/output/max-tail.ts';
import { readerOf } from '../logs/log-readers.ts';
import { mergeLines } from '../logs/merged-lines.ts';
import { assertJoined, readMembers } from '../members.ts';
import { numberOf, secondsIn } from '../number.ts';
import { ofRun } from '../run/absent-run.ts';
import { type Located, meantExecutor } from '../run/each-run.ts';
import { nextInWords } from '../run/end-of-run.ts';
import { printLine } from '../run/follow-run.ts';
import { meantTask } from '../run/meant-task.ts';
import { isLive, readTask, readTasks } from '../run/task-state.ts';
import { noteUnsaved } from '../run/unsaved.ts';
import { untilFound } from '../run/wait-for-task.ts';
import type { Action, Session } from '../session.ts';
import { unlessAbsent } from '../unless-absent.ts';
import { UsageError } from '../usage-error.ts';

const streams: readonly StreamName[] = ['stdout', 'stderr'];

interface Reported {
  readonly attempt: Attempt;
  /** The number of the first attempt with reports. */
  readonly first: number;
  readonly output?: Output;
  readonly hasEnded: boolean;
  readonly launchError?: string;
}

/** The reports of an attempt, or of the latest; undefined without reports. */
const readReported = async (
  { taskport, call }: Session,
  executorId: string,
  taskId: string,
  asked: number | undefined,
): Promise<Reported | undefined> => {
  let latest: Report[] = [];
  let first: number | undefined;
  for await (const report of taskport.elements.reports(executorId, taskId, call)) {
    first = Math.min(first ?? report.attempt, report.attempt);
    if (asked === undefined ? report.attempt !== latest[0]?.attempt : report.attempt !== asked) {
      if (asked === undefined && report.attempt > (latest[0]?.attempt ?? 0)) latest = [report];
    } else latest.push(report);
  }
  const [one] = latest;
  if (!one || first === undefined) return undefined;
  const { output } = latest.findLast((report) => report.output !== undefined) ?? {};
  const { launchError } = latest.at(-1) ?? one;
  return defined({
    first,
    attempt: { executorId, taskId, attempt: one.attempt },
    hasEnded: latest.some(({ state }) => state !== 'running'),
    output,
    launchError,
  });
};

/** Aborts the follower once the attempt has ended; its log has the last output by then. */
const awaitEnd = async (session: Session, { attempt }: Reported, ended: AbortController): Promise<void> => {
  const { executorId, taskId } = attempt;
  const waiting = { call: ended, onOutage: session.onOutage };
  try {
    await untilFound(waiting, async () => {
      const now = await readReported(session, executorId, taskId, attempt.attempt);
      return now?.hasEnded || undefined;
    });
  } catch (error) {
    if (!ended.signal.aborted) throw error;
  }
  ended.abort();
};

/** The time of a text: an instant, or a span before now. Throws `UsageError`. */
const sinceOf = (text: string): number => {
  const ago = secondsIn(text);
  if (ago !== undefined) return Date.now() - ago * 1_000;
  const time = /^\d{4}-\d{2}-\d{2}/.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(time))
    throw new UsageError(`--since is ${text}, and has to be a time such as 2026-01-31T12:00:00Z, or 10m`);
  return time;
};

type WrittenLine = Line & { readonly stream: StreamName };

async function* readStream(
  session: Session,
  { attempt, output = {} }: Reported,
  stream: StreamName,
  follow: AbortSignal | undefined,
): AsyncGenerator<WrittenLine, void> {
  const uri = output[stream] ?? '';
  const reader = await readerOf(uri, session.taskport);
  const { signal } = session.io;
  for await (const line of reader.read(uri, { attempt, stream }, { follow, signal }))
    yield { ...line, stream };
}

/** Whether the service answers these lines by itself, and reports the end of the attempt with the last of them. */
const isByService = ({ output }: Reported, streams: readonly StreamName[], tail = 0): boolean =>
  tail <= MAX_TAIL && streams.every((name) => output?.[name]?.startsWith('taskport:'));

/** The lines of the streams in the order of their times, or the last of them; with `follow`, also new ones until that aborts. */
async function* readLines(
  session: Session,
  reported: Reported,
  streams: readonly StreamName[],
  { tail, follow }: { readonly tail: number | undefined; readonly follow: AbortSignal | undefined },
): AsyncGenerator<WrittenLine, void> {
  const { signal } = session.io;
  if (isByService(reported, streams, tail)) {
    const [stream, another] = streams;
    const part = { stream: another ? undefined : stream, tail, follow: follow !== undefined };
    const query = { ...part, signal, onOutage: session.onOutage };
    yield* session.taskport.outputs.written(reported.attempt, query);
    signal.throwIfAborted();
    return;
  }
  const each = (until?: AbortSignal) => streams.map((name) => readStream(session, reported, name, until));
  const passed = { stdout: 0, stderr: 0 };
  if (tail !== undefined) {
    const last: WrittenLine[] = [];
    for await (const line of mergeLines(each(), false)) {
      passed[line.stream] += 1;
      last.push(line);
      if (last.length > tail) last.shift();
    }
    yield* last;
    if (!follow) return;
  }
  for await (const line of mergeLines(each(follow), follow !== undefined)) {
    passed[line.stream] -= 1;
    if (passed[line.stream] < 0) yield line;
  }
}

/** Why an attempt has no output. */
const absenceOf = async (
  session: Session,
  { attempt: { executorId, taskId, attempt }, output: reported = {}, launchError }: Reported,
  wanted: readonly StreamName[],
): Promise<Error> => {
  if (launchError !== undefined)
    return new Error(
      `attempt ${attempt} of ${taskId}: ${endInWords({ reason: 'launch-error', launchError })}`,
    );
  const members = await readMembers(session, executorId);
  const { logging } = (members.find(({ id }) => id === taskId)?.task?.spec ?? {}) as TaskSpec;
  const output = `the output of attempt ${attempt} of ${taskId}`;
  if (wanted.every((name) => logging?.[name] === 'none'))
    return new Error(`${output} was not kept: its specification says \`none\``);
  if (reported.stdout !== undefined)
    return new Error(`${output} has no standard error of its own: its engine writes both to standard output`);
  return new Error(`no report says where ${output} is`);
};

interface LogOptions extends Located {
  readonly follow?: boolean;
  readonly since?: string;
  readonly timestamps?: boolean;
  readonly attempt?: string;
  readonly stream?: string;
  readonly tail?: string;
}

/** Which lines to print, and how. */
interface Shown {
  readonly wanted: readonly StreamName[];
  readonly follow: boolean;
  readonly tail: number | undefined;
  readonly since: number;
  readonly timestamps: boolean;
}

/** Prints the output of an attempt; with `follow`, until it has ended. */
const showAttempt = async (
  session: Session,
  reported: Reported,
  { wanted, follow, tail, since, timestamps }: Shown,
): Promise<void> => {
  const kept = wanted.filter((name) => reported.output?.[name] !== undefined);
  if (kept.length === 0) throw await absenceOf(session, reported, wanted);
  const ended = new AbortController();
  const isWatched = follow && !isByService(reported, kept, tail);
  const watching = isWatched ? awaitEnd(session, reported, ended) : Promise.resolve();
  watching.catch(() => ended.abort());
  try {
    for await (const line of readLines(session, reported, kept, {
      tail,
      follow: follow ? ended.signal : undefined,
    })) {
      if (Date.parse(line.at) < since) continue;
      printLine(session, timestamps ? { ...line, text: `${line.at} ${line.text}` } : line);
    }
    await watching;
  } finally {
    ended.abort();
  }
};

/** The next attempt, once it is reported; null if none follows. Reports how long it waits. */
const following = (session: Session, { attempt: of }: Reported): Promise<Reported | null> => {
  const { executorId, taskId, attempt } = of;
  let isSaid = false;
  return untilFound(session, async () => {
    const state = await readTask(session, of);
    if (!state || !isLive(state)) {
      const members = await unlessAbsent(readMembers(session, executorId));
      noteUnsaved(session, executorId, members ?? []);
      return null;
    }
    const next = isSaid ? undefined : nextInWords(state, Date.now());
    if (next !== undefined) session.note(`taskport: ${next}`);
    isSaid ||= next !== undefined;
    const reported = await readReported(session, executorId, taskId, undefined);
    return reported && reported.attempt.attempt > attempt ? reported : undefined;
  });
};

export const showLogs: Action<LogOptions> = async (session, [executor = '', task], options) => {
  const { follow = false, timestamps = false, stream: asked } = options;
  const { attempt } = numberOf('attempt', options.attempt);
  const { tail } = options.tail === 'all' ? {} : numberOf('tail', options.tail, 'a whole number, or all');
  const wanted = streams.filter((name) => asked === undefined || name === asked);
  if (wanted.length === 0) throw new UsageError('--stream must be stdout or stderr');
  const since = options.since === undefined ? Number.NEGATIVE_INFINITY : sinceOf(options.since);
  const executorId = meantExecutor(session, executor, options);
  const tasks = await ofRun(session, executorId, readTasks(session, executorId));
  const taskId = meantTask(executorId, tasks, task);
  let reported = await readReported(session, executorId, taskId, attempt);
  if (!reported) await assertJoined(session, executorId, taskId);
  if (follow)
    reported ??= await untilFound(session, () => readReported(session, executorId, taskId, attempt));
  if (!reported)
    throw new Error(`no report names ${attempt === undefined ? '' : `attempt ${attempt} of `}${taskId}`);
  const { first } = reported;
  if (attempt === undefined && reported.attempt.attempt > first)
    session.note(`attempt ${reported.attempt.attempt}, the latest; --attempt ${first} shows the first`);
  const shown = { wanted, follow, tail, since, timestamps };
  await showAttempt(session, reported, shown);
  while (follow && attempt === undefined) {
    const next = await following(session, reported);
    if (next === null) return;
    reported = next;
    await showAttempt(session, reported, { ...shown, tail: undefined });
  }
};
