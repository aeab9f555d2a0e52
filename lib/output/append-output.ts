import type { CompositionDependencies } from '../composition/dependencies.ts';
import { notJoined } from '../composition/operation.ts';
import { assertSince } from '../composition/report.ts';
import { assertReportable, type Reported } from '../composition/report-task.ts';
import { defined } from '../defined.ts';
import { formatId } from '../element/id.ts';
import { locate, notFound } from '../element/located.ts';
import { TaskportError } from '../errors.ts';
import type { Caller } from '../principal.ts';
import { validate } from '../validation.ts';
import type { EngineLogs } from './engine-log.ts';
import { type OutputEnd, outputRequest } from './output-schema.ts';
import type { OutputPlace, OutputStore } from './output-store.ts';
import { type Addition, beforeOf, type Segment, segmentOf, standingOf } from './segment.ts';
import { assertAttempted, keptOf } from './written-to.ts';

export interface OutputDependencies extends CompositionDependencies {
  readonly outputs: OutputStore;
  /** Absent if no engine of the deployment writes logs. */
  readonly engineLogs?: EngineLogs;
}

/** An attempt of a task of an executor. */
export interface Attempted extends Reported {
  readonly attempt: number;
}

type Kept = ReturnType<typeof keptOf>;

/** Seconds for which the request that uploads a segment is valid. */
const SEND_SECONDS = 900;
/** The number of tries while other writers are faster. */
const MAX_TRIES = 8;
const BYTES_A_MIB = 1024 * 1024;

const cutLine = ({ bytes }: Kept): string =>
  `taskport: the output is cut here: its log keeps ${bytes / BYTES_A_MIB} MiB of each stream (\`service.maxSizeMiB\`)`;

/** One try to read the end of a stream, and to add to it. */
class Stream {
  readonly #deps: OutputDependencies;
  readonly #place: OutputPlace;
  readonly #kept: Kept;

  constructor(deps: OutputDependencies, place: OutputPlace, kept: Kept) {
    this.#deps = deps;
    this.#place = place;
    this.#kept = kept;
  }

  /** Answers undefined if another writer came between. */
  async settle(addition: Addition | undefined): Promise<OutputEnd | undefined> {
    const last = await this.#deps.outputs.last(this.#place);
    switch (addition && standingOf(last, addition)) {
      case 'next':
        return this.#add(addition as Addition, last);
      case 'stored':
        return this.#stored(last as Segment);
      case 'unsettled':
        return this.#instead(addition as Addition, last as Segment);
      default:
        return this.#end(last);
    }
  }

  /**
   * The end of the stream as far as its bytes are stored: a last segment without bytes, or with bytes in doubt,
   * does not count.
   */
  async #end(last: Segment | undefined): Promise<OutputEnd> {
    const isThere =
      last?.blob === undefined || (!last.isDoubted && (await this.#deps.blobs.stat(last.blob)) !== undefined);
    return defined({ mark: isThere ? last?.mark : last.after, cut: last?.isCut });
  }

  async #stored({ mark, blob, size, checksum }: Segment): Promise<OutputEnd> {
    const request =
      blob === undefined || checksum === undefined
        ? undefined
        : await this.#deps.blobs.signPut(blob, size, checksum, SEND_SECONDS);
    return defined({ mark, request });
  }

  async #add(addition: Addition, last: Segment | undefined): Promise<OutputEnd | undefined> {
    const segment = this.#fitting(addition, last);
    const isAdded = await this.#deps.outputs.add(this.#place, segment, this.#kept.days);
    return isAdded ? this.#added(segment) : undefined;
  }

  /** Replaces a segment whose bytes have not arrived, unless they arrive meanwhile. */
  async #instead(addition: Addition, last: Segment): Promise<OutputEnd | undefined> {
    const { outputs, blobs } = this.#deps;
    // From now on no reader reads the segment, since its bytes may arrive at any moment.
    const word = this.#deps.newId();
    if (!(await outputs.doubt(this.#place, last, word))) return undefined;
    if ((await blobs.stat(last.blob as string)) !== undefined) {
      return (await outputs.trust(this.#place, last, word)) ? defined({ mark: last.mark }) : undefined;
    }
    const segment = this.#fitting(addition, beforeOf(last));
    const isReplaced = await outputs.replace(this.#place, segment, last, word, this.#kept.days);
    return isReplaced ? this.#added(segment) : undefined;
  }

  #added(segment: Segment): OutputEnd | Promise<OutputEnd> {
    return segment.isCut ? defined({ mark: segment.mark, cut: true }) : this.#stored(segment);
  }

  /** The addition, or a line that says that the service keeps no more output. */
  #fitting(addition: Addition, former: Pick<Segment, 'sequence' | 'total'> | undefined): Segment {
    const blob = addition.checksum === undefined ? undefined : this.#deps.newId();
    const segment = segmentOf(addition, former, blob);
    if (segment.total <= this.#kept.bytes) return segment;
    const { after, at } = addition;
    const text = `${at} ${cutLine(this.#kept)}\n`;
    const cut = { after, mark: after ?? '', at, lines: 1, size: Buffer.byteLength(text), text };
    return defined({ ...segmentOf(cut, former, undefined), mark: after, isCut: true });
  }
}

/**
 * Adds a segment to a stream of an attempt if it follows the last one, and answers the end of the stream: a
 * repeated or late segment, or one of another writer, changes nothing. It takes the permission to execute.
 * Throws `invalid-request`, `permission-denied`, `not-found`, `not-joined`, `invalid-state` if the executor has
 * another composition by now, and `not-bound` for an attempt that was never bound.
 */
export const appendOutput = async (
  deps: OutputDependencies,
  { principal }: Caller,
  attempted: Attempted,
  body: unknown,
): Promise<OutputEnd> => {
  assertReportable(attempted);
  const { stream, since, segment } = validate(outputRequest, body);
  const { executor, attempt } = attempted;
  const [executorId, taskId] = [formatId(executor), formatId(attempted.task)];
  await locate(deps.known, principal, executor, 'execute');
  const composition = await deps.compositions.get(executorId);
  if (!composition) {
    if (!(await deps.elements.get(executorId))) throw notFound(executor);
    throw notJoined(taskId);
  }
  assertSince(composition, taskId, since);
  assertAttempted(composition, taskId, attempt);
  const place = { composition: composition.incarnation, taskId, attempt, stream };
  const kept = keptOf(composition, taskId, stream);
  for (let tries = 1; tries <= MAX_TRIES; tries += 1) {
    const end = await new Stream(deps, place, kept).settle(segment);
    if (end) return end;
  }
  throw new TaskportError('unavailable', `several write the output of ${taskId} at once: try again`);
};
