/** An engine on a simulated machine. It fulfils `engine.contract.ts` like the real ones. */
import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import type { ComposedContainer, ComposedTask } from '../../lib/composition/plan/composed-container.ts';
import { defined } from '../../lib/defined.ts';
import type { Attempt, Exit } from '../../lib/execution/attempt.ts';
import {
  type Engine,
  type Execution,
  LaunchError,
  type SaveOptions,
  type StartOptions,
  type WrittenArchive,
  type WrittenVolume,
} from '../../lib/execution/engine.ts';
import type { Talk, TalkRequest } from '../../lib/execution/talk.ts';
import { attached, echoing } from './memory-talk.ts';

type End = Exit & { readonly at: string };

interface Started {
  readonly attempt: Attempt;
  readonly since: string;
  readonly task: ComposedTask;
  /** The first attempt of its group, perhaps itself. */
  readonly first: string;
  readonly storage: readonly string[];
  readonly startedAt: string;
  readonly ended: Promise<End>;
  readonly end: (exit: Exit) => void;
  exit?: Exit;
  interrupts: number;
  isStopping: boolean;
}

/** The program of a task: the `args` of its process, in JSON. */
export type Program =
  | { readonly does: 'exit'; readonly code: number }
  /** Runs until it has received the signal this number of times. */
  | { readonly does: 'wait'; readonly for: string; readonly times: number; readonly code: number }
  | { readonly does: 'ignore'; readonly signal: string }
  /** Prints each line of its input, and exits with the code after the line `over`. */
  | { readonly does: 'listen'; readonly code: number }
  /** Exceeds its memory limit. */
  | { readonly does: 'starve' }
  /** Appends a line to each attached volume, and exits with the number of lines. */
  | { readonly does: 'write' }
  | { readonly does: 'not exist' };

export const argsOf = (program: Program): string[] => ['/bin/program', JSON.stringify(program)];
const programOf = ({ process: { args = [] } }: ComposedTask): Program =>
  JSON.parse(args[1] ?? '{}') as Program;

/** Waits of a machine and its engines: for each step, and for time. */
export interface Pace {
  step(what: string): Promise<void>;
  wait(milliseconds: number): Promise<void>;
}

export const keyOf = ({ executorId, taskId, attempt }: Attempt): string =>
  `${executorId} ${taskId} ${attempt}`;

/** A machine's copy for an attachment. */
interface Copy {
  readonly volume: WrittenVolume;
  lines: string;
  /** Its lines after the fill, and the data that they are. */
  clean: { readonly lines: string; readonly data: string | undefined };
  isAside: boolean;
}

const checksumOf = (text: string): string => `sha256:${createHash('sha256').update(text).digest('hex')}`;

/** The state that all processes on the machine share: attempts and writes. */
export class MemoryMachine {
  readonly pace: Pace;
  readonly attempts = new Map<string, Started>();
  /** Writes to other storage, by executor. */
  readonly written = new Map<string, Set<string>>();
  /** By attachment. */
  readonly copies = new Map<string, Copy>();
  /** Known data of volumes: another attachment can start with it. */
  readonly #known = new Map<string, string>();
  /** The actions in order: `start <attempt>`, `signal <attempt> HUP`. */
  readonly deeds: string[] = [];
  /** The number of stops that the engines refuse from now on. */
  refusedStops = 0;

  constructor(pace: Pace) {
    this.pace = pace;
  }

  running(): Started[] {
    return [...this.attempts.values()].filter(({ exit }) => exit === undefined);
  }

  /** Fills an attached volume, if the machine has no copy. */
  attach(volume: WrittenVolume, claimed: readonly string[]): void {
    if (this.copies.has(volume.attachment)) return;
    if (claimed.includes(volume.attachment))
      throw new LaunchError(`what was written to ${volume.volumeId} is gone`);
    const lines = this.#known.get(`${volume.volumeId} ${volume.base}`) ?? '';
    this.copies.set(volume.attachment, {
      volume,
      lines,
      clean: { lines, data: volume.base },
      isAside: false,
    });
  }

  /** Records the data of a copy. */
  know(copy: Copy, data: string | undefined): void {
    copy.clean = { lines: copy.lines, data };
    this.#known.set(`${copy.volume.volumeId} ${data}`, copy.lines);
  }

  launch(attempt: Attempt, container: ComposedContainer, since: string): Started {
    const key = keyOf(attempt);
    const [main] = container.tasks;
    const task = container.tasks.find(({ id }) => id === attempt.taskId);
    if (!main || !task) throw new LaunchError(`${attempt.taskId} is no task of the container`);
    const first = keyOf({ ...attempt, taskId: main.id, attempt: main.attempt });
    const ofExecutor = this.running().filter((one) => one.attempt.executorId === attempt.executorId);
    if (first === key && ofExecutor.some((one) => keyOf(one.attempt) === one.first))
      throw new LaunchError('what ran before it still runs');
    if (first !== key && this.attempts.get(first)?.exit !== undefined)
      throw new LaunchError('what it runs beside does not run');
    if (first !== key && !this.attempts.has(first)) throw new LaunchError('what it runs beside does not run');
    if (programOf(task).does === 'not exist')
      throw new LaunchError('/bin/program: no such file or directory');
    let settle: (end: End) => void = () => {};
    const ended = new Promise<End>((resolve) => {
      settle = resolve;
    });
    const started: Started = {
      attempt,
      since,
      task,
      first,
      storage: container.storage.map(({ id }) => id),
      startedAt: new Date().toISOString(),
      ended,
      end: (exit) => {
        if (started.exit) return;
        started.exit = exit;
        settle({ ...exit, at: new Date().toISOString() });
        // Attempts beside the first end with it.
        for (const other of this.running()) if (other.first === key) other.end({ exitSignal: 'KILL' });
      },
      interrupts: 0,
      isStopping: false,
    };
    this.attempts.set(key, started);
    this.deeds.push(`start ${key}`);
    for (const id of started.storage) this.#writtenBy(attempt.executorId).add(id);
    const program = programOf(task);
    if (program.does === 'exit') started.end({ exitCode: program.code });
    if (program.does === 'write') {
      const copies = container.storage.flatMap(({ attachment = '' }) => this.copies.get(attachment) ?? []);
      for (const copy of copies) copy.lines += 'x\n';
      started.end({ exitCode: Math.max(0, ...copies.map(({ lines }) => lines.length / 2)) });
    }
    if (program.does === 'starve') started.end({ exitSignal: 'KILL', outOfMemory: true });
    return started;
  }

  /** Somebody removes it by hand. */
  remove(attempt: Attempt): void {
    this.attempts.get(keyOf(attempt))?.end({ lost: 'somebody removed it' });
  }

  deliver(started: Started, signal: string): void {
    if (started.exit) return;
    const key = keyOf(started.attempt);
    this.deeds.push(`signal ${key} ${signal}`);
    const program = programOf(started.task);
    if (program.does === 'wait' && program.for === signal) {
      const times = this.deeds.filter((deed) => deed === `signal ${key} ${signal}`).length;
      if (times >= program.times) started.end({ exitCode: program.code });
    } else if (signal === 'KILL' || program.does !== 'ignore' || program.signal !== signal)
      started.end({ exitSignal: signal });
  }

  #writtenBy(executorId: string): Set<string> {
    const written = this.written.get(executorId) ?? new Set();
    this.written.set(executorId, written);
    return written;
  }
}

/** The volumes of a container that are saved after an unbind. */
const writtenOf = ({ executor, storage }: ComposedContainer): WrittenVolume[] =>
  storage.flatMap(({ id, attachment, layers }) => {
    if (attachment === undefined) return [];
    const { checksum } = layers.find((layer) => layer.id === id) ?? {};
    return [{ executorId: executor.id, volumeId: id, attachment, ...defined({ base: checksum }) }];
  });

/** One process on a machine. */
export class MemoryEngine implements Engine {
  readonly #machine: MemoryMachine;
  #isGone = false;

  constructor(machine: MemoryMachine) {
    this.#machine = machine;
  }

  /** Kills the process: it does nothing more. */
  kill(): void {
    this.#isGone = true;
  }

  async start(
    attempt: Attempt,
    container: ComposedContainer,
    { since, abort, claimed = [], claim }: StartOptions,
  ): Promise<Execution> {
    const key = keyOf(attempt);
    await this.#step(`start ${key}`);
    const known = this.#machine.attempts.get(key);
    if (known) return this.#describe(known);
    if (abort.aborted) throw new LaunchError('it was given up');
    const attached = writtenOf(container);
    for (const volume of attached) this.#machine.attach(volume, claimed);
    if (claim && attached.length > 0) {
      await claim();
      await this.#step(`claimed for ${key}`);
      const other = this.#machine.attempts.get(key);
      if (other) return this.#describe(other);
    }
    const started = this.#machine.launch(attempt, container, since);
    await this.#step(`started ${key}`);
    if (abort.aborted) {
      started.end({ exitSignal: 'KILL' });
      this.#machine.attempts.delete(key);
      throw new LaunchError('it was given up');
    }
    await this.#step(`told of ${key}`);
    return this.#describe(started);
  }

  async signal(attempt: Attempt, signal: string, count: number): Promise<void> {
    await this.#step(`signal ${keyOf(attempt)}`);
    const started = this.#machine.attempts.get(keyOf(attempt));
    if (!started || count <= started.interrupts) return;
    started.interrupts = count;
    this.#machine.deliver(started, signal);
  }

  async stop(attempt: Attempt): Promise<void> {
    await this.#step(`stop ${keyOf(attempt)}`);
    const started = this.#machine.attempts.get(keyOf(attempt));
    if (!started) return;
    if (!started.exit && this.#machine.refusedStops > 0) {
      this.#machine.refusedStops -= 1;
      throw new Error('permission denied');
    }
    const { stop, deadlines } = started.task.orders;
    if (!started.isStopping) {
      started.isStopping = true;
      this.#machine.deliver(started, stop.signal);
    }
    if (!started.exit) {
      const late = this.#machine.pace.wait(deadlines.stopSeconds * 1_000);
      await Promise.race([started.ended, late]);
      if (this.#isGone) return never();
      this.#machine.deliver(started, 'KILL');
    }
    await started.ended;
    await this.#step(`stopped ${keyOf(attempt)}`);
  }

  async talk(attempt: Attempt, how: TalkRequest): Promise<Talk | undefined> {
    await this.#step(`talk ${keyOf(attempt)}`);
    const started = this.#machine.attempts.get(keyOf(attempt));
    if (!started || started.exit) return undefined;
    if (how.kind === 'exec') return echoing(how);
    const program = programOf(started.task);
    return attached(started.ended, (line) => {
      if (program.does === 'listen' && line === 'over\n') started.end({ exitCode: program.code });
    });
  }

  async check(attempt: Attempt): Promise<boolean> {
    await this.#step(`check ${keyOf(attempt)}`);
    const started = this.#machine.attempts.get(keyOf(attempt));
    const { healthCheck } = started?.task.orders ?? {};
    if (!started || started.exit) return false;
    return healthCheck === undefined || healthCheck.command[0] === '/bin/true';
  }

  async find(): Promise<readonly Execution[]> {
    await this.#step('find');
    return [...this.#machine.attempts.values()].map((one) => this.#describe(one));
  }

  async forget(attempt: Attempt): Promise<void> {
    await this.#step(`forget ${keyOf(attempt)}`);
    const started = this.#machine.attempts.get(keyOf(attempt));
    if (started && !started.exit) throw new Error(`${keyOf(attempt)} still runs`);
    this.#machine.attempts.delete(keyOf(attempt));
  }

  async release(executorId: string, kept: readonly string[]): Promise<void> {
    await this.#step(`release ${executorId}`);
    const used = this.#machine.running().filter((one) => one.attempt.executorId === executorId);
    const stays = new Set([...kept, ...used.flatMap(({ storage }) => storage)]);
    const written = this.#machine.written.get(executorId);
    for (const id of written ?? []) if (!stays.has(id)) written?.delete(id);
  }

  async written(): Promise<readonly WrittenVolume[]> {
    await this.#step('written');
    return [...this.#machine.copies.values()].flatMap(({ volume, isAside }) => (isAside ? [] : [volume]));
  }

  async save(
    { attachment, volumeId }: WrittenVolume,
    send: (archive: WrittenArchive) => Promise<void>,
    { abort }: SaveOptions,
  ): Promise<'unchanged' | 'sent' | 'absent'> {
    await this.#step(`save ${attachment}`);
    const copy = this.#copyOf(attachment);
    if (!copy) return 'absent';
    if (this.#machine.running().some(({ storage }) => storage.includes(volumeId)))
      throw new Error(`${volumeId} is in use`);
    abort.throwIfAborted();
    if (copy.lines === copy.clean.lines) return 'unchanged';
    const bytes = Buffer.from(copy.lines);
    const checksum = checksumOf(copy.lines);
    const read = (from: number, to: number): Readable => Readable.from([bytes.subarray(from, to)]);
    await send({ size: bytes.length, checksum, read });
    await this.#step(`saved ${attachment}`);
    return 'sent';
  }

  async settle({ attachment }: WrittenVolume, saved?: string): Promise<void> {
    await this.#step(`settle ${attachment}`);
    const copy = this.#copyOf(attachment);
    if (!copy) return;
    const isItsData = saved === copy.clean.data || saved === checksumOf(copy.lines);
    if (saved !== undefined && isItsData) this.#machine.know(copy, saved);
    this.#machine.copies.delete(attachment);
  }

  async setAside({ attachment }: WrittenVolume): Promise<void> {
    await this.#step(`set aside ${attachment}`);
    const copy = this.#copyOf(attachment);
    if (copy) copy.isAside = true;
  }

  #copyOf(attachment: string): Copy | undefined {
    const copy = this.#machine.copies.get(attachment);
    return copy?.isAside ? undefined : copy;
  }

  async close(): Promise<void> {
    this.#isGone = true;
  }

  #describe({ attempt, since, startedAt, interrupts, ended }: Started): Execution {
    const told = ended.then(async (end) => {
      await this.#step(`ended ${keyOf(attempt)}`);
      return end;
    });
    return { attempt, since, startedAt, output: {}, interrupts, ended: told };
  }

  async #step(what: string): Promise<void> {
    if (this.#isGone) return never();
    await this.#machine.pace.step(what);
    if (this.#isGone) return never();
  }
}

const never = (): Promise<never> => new Promise(() => {});
