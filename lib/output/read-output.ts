import type { Composition } from '../composition/composition.ts';
import { assertReportable } from '../composition/report-task.ts';
import { decodeCursor, encodeCursor } from '../cursor.ts';
import { defined } from '../defined.ts';
import { formatId } from '../element/id.ts';
import { readElement } from '../element/read-element.ts';
import { invalidRequest } from '../errors.ts';
import type { StreamName } from '../execution/log-sink.ts';
import type { Principal } from '../principal.ts';
import type { Attempted, OutputDependencies } from './append-output.ts';
import { byTime, inTime, isEarlier } from './in-time.ts';
import type { OutputQuery } from './output-query.ts';
import type { OutputPage, OutputSegment } from './output-schema.ts';
import type { OutputPlace } from './output-store.ts';
import type { Segment } from './segment.ts';
import { isOver, isSettled } from './written-to.ts';

const STREAMS: readonly StreamName[] = ['stdout', 'stderr'];
/**
 * The most segments of one stream on a page; the bytes after which no segment is added; and the bytes that are
 * searched from the end.
 */
const PAGE = 50;
const MAX_PAGE_BYTES = 4 * 1024 * 1024;
const MAX_TAIL_BYTES = 8 * 1024 * 1024;

/** The part of a stream on a page, and whether the stream has no more. */
interface Part {
  readonly place: OutputPlace;
  readonly segments: readonly Segment[];
  readonly sequence: number;
  /** Whether the lines come from a log of the engine, and where to continue there. */
  readonly isEngines?: true;
  readonly within?: string;
  readonly isEnd: boolean;
}

/** The last `lines` lines, in whole segments. */
const readTail = async (
  { outputs }: OutputDependencies,
  place: OutputPlace,
  lines: number,
): Promise<Part> => {
  const latest = await outputs.latest(place, lines);
  let [count, bytes, from] = [0, 0, 0];
  while (from < latest.length && count < lines && bytes < MAX_TAIL_BYTES) {
    const segment = latest[from] as Segment;
    count += segment.lines;
    bytes += segment.size;
    from += 1;
  }
  const segments = latest.slice(0, from).toReversed();
  return { place, segments, sequence: latest[0]?.sequence ?? 0, isEnd: true };
};

const readAfter = async (
  { outputs }: OutputDependencies,
  place: OutputPlace,
  sequence: number,
): Promise<Part> => {
  const { segments: found, more } = await outputs.after(place, sequence, PAGE);
  const before = (found[0]?.total ?? 0) - (found[0]?.size ?? 0);
  const segments = found.filter(({ total, size }, at) => at === 0 || total - size - before < MAX_PAGE_BYTES);
  const isEnd = !more && segments.length === found.length;
  return { place, segments, sequence: segments.at(-1)?.sequence ?? sequence, isEnd };
};

/** Removes the last segment of a stream if its bytes have not arrived. */
const settled = async ({ blobs }: OutputDependencies, part: Part): Promise<Part> => {
  const last = part.segments.at(-1);
  if (!part.isEnd || last?.blob === undefined) return part;
  if (!last.isDoubted && (await blobs.stat(last.blob)) !== undefined) return part;
  return { ...part, segments: part.segments.slice(0, -1), sequence: last.sequence - 1 };
};

/** Reads an engine's log, in place of the segment that names it. */
const fromEngine = async (
  { engineLogs }: OutputDependencies,
  part: Part,
  { within, tail }: { readonly within: string | undefined; readonly tail: number | undefined },
): Promise<Part> => {
  const [segment] = part.segments;
  const { engineLog, sequence = 0 } = segment ?? {};
  if (engineLog === undefined) return part;
  const found =
    tail === undefined
      ? await engineLogs?.after(engineLog, within)
      : await engineLogs?.latest(engineLog, tail);
  if (engineLogs && !found) throw foreign();
  const { lines, place = within, isEnd } = found ?? { lines: [], isEnd: true };
  const text = lines.map((line) => `${line.at} ${line.text}\n`).join('');
  const size = Buffer.byteLength(text);
  const written = { sequence, total: size, at: lines[0]?.at ?? '', lines: lines.length, size, text };
  return {
    place: part.place,
    segments: lines.length === 0 ? [] : [written],
    isEnd,
    isEngines: true,
    // If the log is still empty, the next page begins at the segment again.
    ...defined({ sequence: place === undefined ? sequence - 1 : sequence, within: place }),
  };
};

/**
 * Cuts parts to a common time: lines of one stream that the other has not reached yet come with the next page,
 * so that the lines of a page can be sorted.
 */
const abreast = (parts: readonly Part[]): Part[] => {
  const unfinished = parts.filter(({ isEnd, segments }) => !isEnd && segments.length > 0);
  // A clock may step back: the latest segment of a stream need not be its last.
  const reached = unfinished.map(({ segments }) =>
    segments.reduce((one, other) => (isEarlier(one, other) ? other : one)),
  );
  const [common] = reached.toSorted(byTime);
  return parts.map((part) => {
    const cut = common && part.segments.find((segment) => isEarlier(common, segment));
    if (!cut) return part;
    const segments = part.segments.slice(0, part.segments.indexOf(cut));
    return { ...part, segments, sequence: cut.sequence - 1, isEnd: false };
  });
};

const show = async (
  { blobs }: OutputDependencies,
  stream: StreamName,
  { at, lines, size, text, blob }: Segment,
): Promise<OutputSegment> =>
  defined({
    stream,
    at,
    lines,
    size,
    text,
    url: blob === undefined ? undefined : await blobs.url(blob, 'GET'),
  });

/** The number of a segment, and the place in an engine's log; for both streams if the query asks for both. */
const PLACE = /^\d{1,10}(@[!-+\--~]{1,256})?(,\d{1,10}(@[!-+\--~]{1,256})?)?$/;

/** The place of a cursor in a stream. A place inside an engine's log continues at the segment that names the log. */
const placeOf = (text = '0'): { readonly sequence: number; readonly within: string | undefined } => {
  const at = text.indexOf('@');
  if (at < 0) return { sequence: Number(text), within: undefined };
  return { sequence: Number(text.slice(0, at)) - 1, within: text.slice(at + 1) };
};

const shownPlace = ({ sequence, within }: Partial<Part> = {}): string =>
  `${sequence ?? 0}${within === undefined ? '' : `@${within}`}`;

const foreign = (): Error =>
  invalidRequest({
    path: '?after',
    message: 'is no place in this output: take that of the page before, or leave it out',
  });

const isEnded = (composition: Composition | undefined, taskId: string, attempt: number): boolean =>
  composition === undefined || isOver(composition, taskId, attempt);

/**
 * A page of an attempt's output, as far as the service keeps it. Throws `unknown-location`, `permission-denied`,
 * `not-found`, `invalid-request` for a place in something else.
 */
export const readOutput = async (
  deps: OutputDependencies,
  principal: Principal,
  attempted: Attempted,
  { stream, after, tail }: OutputQuery,
): Promise<OutputPage> => {
  assertReportable(attempted);
  const { executor, attempt } = attempted;
  const [executorId, taskId] = [formatId(executor), formatId(attempted.task)];
  await readElement(deps, principal, executor);
  // The composition is read before the output: if the attempt has ended by then, the output is complete.
  const composition = await deps.compositions.get(executorId);
  const streams = stream === undefined ? STREAMS : [stream];
  const query = ['output', executorId, composition?.incarnation, taskId, attempt, stream];
  const places = decodeCursor(query, after, (place) => PLACE.test(place), foreign)
    ?.split(',')
    .map(placeOf);
  const found = composition
    ? await Promise.all(
        streams.map(async (name, at) => {
          const place = { composition: composition.incarnation, taskId, attempt, stream: name };
          const { sequence, within } = places?.[at] ?? placeOf();
          const read = tail === undefined ? readAfter(deps, place, sequence) : readTail(deps, place, tail);
          return fromEngine(deps, await settled(deps, await read), { within, tail });
        }),
      )
    : [];
  // Lines of an engine's log have no numbers by which a reader could go back.
  const parts = found.some(({ isEngines }) => isEngines) ? found : abreast(found);
  const items = await Promise.all(
    parts.flatMap(({ place, segments }) => segments.map((segment) => show(deps, place.stream, segment))),
  );
  const reached = streams.map((_, at) => shownPlace(parts[at])).join(',');
  const isWhole =
    isEnded(composition, taskId, attempt) &&
    parts.every(({ isEnd }) => isEnd) &&
    (isSettled(composition, taskId, attempt, deps.now()) || !parts.some(({ isEngines }) => isEngines));
  return defined({
    items: inTime(items),
    after: encodeCursor(query, reached),
    ended: isWhole ? true : undefined,
  });
};
