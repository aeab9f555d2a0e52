/** The contract of every engine, on which the agent depends. */
import { createHash } from 'node:crypto';
import { buffer } from 'node:stream/consumers';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type ComposedContainer, compose } from '../../lib/composition/plan/composed-container.ts';
import type { PlannedStorage } from '../../lib/composition/plan/plan-input.ts';
import type { TaskSpec } from '../../lib/element/task-spec.ts';
import type { Attempt } from '../../lib/execution/attempt.ts';
import { deferred } from '../../lib/execution/deferred.ts';
import {
  type Engine,
  type Execution,
  LaunchError,
  type StartOptions,
  type WrittenArchive,
  type WrittenVolume,
} from '../../lib/execution/engine.ts';
import type { Talk, TalkRequest } from '../../lib/execution/talk.ts';

/** The tasks of this suite, written for an engine. Each starts to run before it does anything. */
interface Programs {
  /** Exits at once. */
  exits(code: number): TaskSpec;
  /** Exits after this number of signals. */
  endsBy(signal: 'TERM' | 'USR1', times: number, code: number): TaskSpec;
  /** Ignores TERM. */
  readonly stubborn: TaskSpec;
  /** Exceeds its memory limit; absent if the engine cannot tell that from a kill. */
  readonly starving?: TaskSpec;
  /** Appends a line to a file of the volume at `/data`, and exits with the number of its lines. */
  readonly writes: TaskSpec;
  /** Cannot be started. */
  readonly missing: TaskSpec;
  /** Prints each line of its input, and exits with 4 after the line `over`. */
  readonly listens: TaskSpec;
  /** A command in the task's container that prints `said` on standard error and its input on standard output, and exits with 7. */
  readonly echoes: string[];
  /** Commands for health checks. */
  readonly well: readonly string[];
  readonly ill: readonly string[];
}

/** An empty machine. */
export interface Bench {
  readonly programs: Programs;
  /** A root filesystem with the programs, and logs in which `heard` looks. */
  readonly root: PlannedStorage;
  readonly logs: ComposedContainer['logs'];
  /** Whether the engine always closes the input of a task with its first client. */
  readonly closesInput?: boolean;
  /** Starts the only process on the machine. */
  open(): Engine;
  /** Stops a process, as far as possible from here: it does nothing more. */
  abandon(engine: Engine): Promise<void>;
  /** Settles once a task has received this number of signals; with none, once it is ready for signals. */
  heard(attempt: Attempt, times: number): Promise<void>;
  /** Removes an attempt without the engine's knowledge; absent if that is impossible. */
  remove?(attempt: Attempt): Promise<void>;
  close(): Promise<void>;
}

const SINCE = '2026-01-31T12:00:00.000Z';
const VOLUME = 'volume://data/some';

let boxes = 0;

export const describeEngine = (name: string, openBench: () => Promise<Bench>): void => {
  describe(`an engine: ${name}`, () => {
    let bench: Bench;
    let engine: Engine;
    beforeAll(async () => {
      bench = await openBench();
      engine = bench.open();
    }, 60_000);
    afterEach(async () => {
      for (const { attempt } of await engine.find()) {
        await engine.stop(attempt);
        await engine.forget(attempt);
      }
    });
    afterAll(() => bench?.close(), 60_000);

    /** Replaces the present process. */
    const another = async (): Promise<Engine> => {
      await bench.abandon(engine);
      engine = bench.open();
      return engine;
    };

    /** An executor with these tasks, each with its attempt. */
    const executorWith = (...specs: readonly TaskSpec[]) => {
      boxes += 1;
      const executorId = `executor://boxes/box-${boxes}`;
      const attempts = specs.map(
        (_, at): Attempt => ({ executorId, taskId: `task://jobs/t-${at}`, attempt: 1 }),
      );
      const volume = { id: VOLUME, kind: 'volume', instance: SINCE, layers: [] } as const;
      const container: ComposedContainer = compose({
        executor: { id: executorId, spec: {} },
        storage: [bench.root, { ...volume, mount: { path: '/data', readOnly: false, persistent: true } }],
        tasks: specs.map((spec, at) => ({
          id: `task://jobs/t-${at}`,
          attempt: 1,
          spec: { deadlines: { stopSeconds: 5 }, ...spec },
        })),
        logs: bench.logs,
      });
      return { container, attempts, attempt: attempts[0] as Attempt, executorId };
    };
    const options = (more: Partial<StartOptions> = {}): StartOptions => ({
      since: SINCE,
      abort: new AbortController().signal,
      ...more,
    });
    /** Starts the only task of an executor, and waits until it is ready for signals. */
    const running = async (spec: TaskSpec) => {
      const { container, attempt } = executorWith(spec);
      const execution = await engine.start(attempt, container, options());
      await bench.heard(execution.attempt, 0);
      return { container, attempt, execution };
    };
    const exitOf = async ({ ended }: Execution): Promise<object> => {
      const { at, ...exit } = await ended;
      expect(Date.parse(at)).not.toBeNaN();
      return exit;
    };
    const found = async (attempt: Attempt): Promise<Execution | undefined> =>
      (await engine.find()).find((one) => JSON.stringify(one.attempt) === JSON.stringify(attempt));

    describe('start', () => {
      it('settles once the task runs, and later reports its end', async () => {
        const { attempt, container } = executorWith(bench.programs.exits(7));
        const execution = await engine.start(attempt, container, options());
        expect(execution).toMatchObject({ attempt, interrupts: 0 });
        expect([SINCE, undefined]).toContain(execution.since);
        expect(Date.parse(execution.startedAt)).not.toBeNaN();
        expect(await exitOf(execution)).toEqual({ exitCode: 7 });
      });

      it('changes nothing for a started attempt, concurrently or later, running or ended', async () => {
        const { attempt, container } = executorWith(bench.programs.endsBy('TERM', 1, 3));
        const [one, other] = await Promise.all([
          engine.start(attempt, container, options()),
          engine.start(attempt, container, options()),
        ]);
        expect(other.startedAt).toBe(one.startedAt);
        await bench.heard(attempt, 0);
        await engine.stop(attempt);
        const late = await engine.start(attempt, container, options());
        expect(late.startedAt).toBe(one.startedAt);
        expect(await exitOf(late)).toEqual({ exitCode: 3 });
        expect(await engine.find()).toHaveLength(1);
      });

      it('by another process finds the attempt that an earlier one started', async () => {
        const { attempt, container, execution } = await running(bench.programs.endsBy('TERM', 1, 3));
        await another();
        const again = await engine.start(attempt, container, options());
        expect(again.startedAt).toBe(execution.startedAt);
        await engine.stop(attempt);
        expect(await exitOf(again)).toEqual({ exitCode: 3 });
      });

      it('reports why a task cannot start, and leaves nothing', async () => {
        const { attempt, container } = executorWith(bench.programs.missing);
        for (let time = 0; time < 2; time += 1) {
          const refused = engine.start(attempt, container, options());
          await expect(refused).rejects.toBeInstanceOf(LaunchError);
          await expect(refused).rejects.toThrow(/no such file or directory/);
        }
        expect(await engine.find()).toEqual([]);
      });

      it('leaves nothing if it is aborted at any time', async () => {
        const { attempt, container } = executorWith(bench.programs.endsBy('TERM', 1, 3));
        const before = options({ abort: AbortSignal.abort() });
        await expect(engine.start(attempt, container, before)).rejects.toBeInstanceOf(LaunchError);
        const meanwhile = new AbortController();
        const starting = engine.start(attempt, container, options({ abort: meanwhile.signal }));
        await Promise.resolve();
        meanwhile.abort();
        await expect(starting).rejects.toBeInstanceOf(LaunchError);
        expect(await engine.find()).toEqual([]);
      });

      it('has either happened or not after the process dies', async () => {
        const { attempt, container } = executorWith(bench.programs.endsBy('TERM', 1, 3));
        void engine.start(attempt, container, options()).catch(() => {});
        await another();
        const execution = (await found(attempt)) ?? (await engine.start(attempt, container, options()));
        await bench.heard(execution.attempt, 0);
        await engine.stop(attempt);
        expect(await exitOf(execution)).toEqual({ exitCode: 3 });
      });
    });

    describe('several tasks of an executor', () => {
      it('run beside the first, and end with it', async () => {
        const { attempts, container } = executorWith(
          bench.programs.endsBy('TERM', 1, 3),
          bench.programs.stubborn,
        );
        const [first, second] = attempts as [Attempt, Attempt];
        const main = await engine.start(first, container, options());
        const side = await engine.start(second, container, options());
        await bench.heard(first, 0);
        await engine.stop(first);
        expect(await exitOf(main)).toEqual({ exitCode: 3 });
        expect(await exitOf(side)).toEqual({ exitSignal: 'KILL' });
      });

      it('do not start without the first', async () => {
        const { attempts, container } = executorWith(bench.programs.exits(0), bench.programs.stubborn);
        const [first, second] = attempts as [Attempt, Attempt];
        await expect(engine.start(second, container, options())).rejects.toBeInstanceOf(LaunchError);
        await (await engine.start(first, container, options())).ended;
        await expect(engine.start(second, container, options())).rejects.toBeInstanceOf(LaunchError);
      });
    });

    describe('find', () => {
      it('reports running attempts with their composition and their signals', async () => {
        const { attempt, execution } = await running(bench.programs.endsBy('USR1', 3, 5));
        await engine.signal(attempt, 'USR1', 1);
        await engine.signal(attempt, 'USR1', 2);
        await another();
        const again = await found(attempt);
        expect(again).toMatchObject({ attempt, interrupts: 2, startedAt: execution.startedAt });
        expect(again?.since).toBe(execution.since === undefined ? undefined : SINCE);
      });

      it('reports attempts that ended while no process looked', async () => {
        const { attempt } = await running(bench.programs.endsBy('USR1', 1, 5));
        await engine.signal(attempt, 'USR1', 1);
        await another();
        const again = await found(attempt);
        expect(again && (await exitOf(again))).toEqual({ exitCode: 5 });
      });
    });

    describe('an end', () => {
      it('by lack of memory differs from a kill', async () => {
        const { starving } = bench.programs;
        if (!starving) return;
        const { attempt, container } = executorWith(starving);
        const end = await exitOf(await engine.start(attempt, container, options()));
        expect(end).toMatchObject({ outOfMemory: true });
        const killed = await running(bench.programs.stubborn);
        await engine.signal(killed.attempt, 'KILL', 1);
        expect(await exitOf(killed.execution)).toEqual({ exitSignal: 'KILL' });
      });

      it('that nobody saw is reported as lost, and forgotten like any other', async () => {
        if (!bench.remove) return;
        const { attempt, execution } = await running(bench.programs.stubborn);
        await bench.remove(attempt);
        expect(await exitOf(execution)).toEqual({ lost: expect.stringMatching(/./) });
        await engine.stop(attempt);
        await engine.forget(attempt);
        expect(await engine.find()).toEqual([]);
      });
    });

    describe('a signal', () => {
      it('is sent once for repeated and late requests, by any process', async () => {
        const { attempt } = await running(bench.programs.endsBy('USR1', 3, 5));
        await engine.signal(attempt, 'USR1', 1);
        await bench.heard(attempt, 1);
        await engine.signal(attempt, 'USR1', 1);
        await engine.signal(attempt, 'USR1', 2);
        await bench.heard(attempt, 2);
        await engine.signal(attempt, 'USR1', 1);
        await another();
        await engine.signal(attempt, 'USR1', 2);
        const execution = await found(attempt);
        expect(execution?.interrupts).toBe(2);
        expect(await engine.check(attempt)).toBe(true);
        await engine.signal(attempt, 'USR1', 7);
        expect(execution && (await exitOf(execution))).toEqual({ exitCode: 5 });
        await engine.signal(attempt, 'USR1', 8);
      });
    });

    describe('stop', () => {
      it('sends the stop signal and waits for the end, once for all callers', async () => {
        const { attempt, execution } = await running(bench.programs.endsBy('TERM', 1, 3));
        await Promise.all([engine.stop(attempt), engine.stop(attempt)]);
        expect(await exitOf(execution)).toEqual({ exitCode: 3 });
        await engine.stop(attempt);
      });

      it('kills the task after its time', async () => {
        const deadlines = { stopSeconds: 1 };
        const { attempt, execution } = await running({ ...bench.programs.stubborn, deadlines });
        await engine.stop(attempt);
        expect(await exitOf(execution)).toEqual({ exitSignal: 'KILL' });
      });

      it('is continued by another process', async () => {
        const deadlines = { stopSeconds: 1 };
        const { attempt } = await running({ ...bench.programs.stubborn, deadlines });
        void engine.stop(attempt).catch(() => {});
        await another();
        await engine.stop(attempt);
        const execution = await found(attempt);
        expect(execution && (await exitOf(execution))).toEqual({ exitSignal: 'KILL' });
      });
    });

    describe('a session', () => {
      const exec = { kind: 'exec', terminal: false, stdin: true } as const;
      /** All its output, and its end. */
      const outcome = async (talk: Talk) => {
        const said = { stdout: '', stderr: '' };
        for await (const { stream, bytes } of talk.output) said[stream] += Buffer.from(bytes).toString();
        return { ...said, end: await talk.end() };
      };
      const talkTo = async (attempt: Attempt, how: TalkRequest): Promise<Talk> => {
        const talk = await engine.talk(attempt, how);
        if (!talk) throw new Error('it does not run');
        return talk;
      };
      const bytes = Buffer.from([0, 255, 10, 128]);

      it('with a command passes input, separates the streams, and reports the end', async () => {
        const { attempt } = await running(bench.programs.endsBy('TERM', 1, 3));
        const { echoes } = bench.programs;
        const talk = await talkTo(attempt, { ...exec, args: echoes });
        await talk.write(Buffer.from('typed'));
        talk.endInput();
        expect(await outcome(talk)).toEqual({ stdout: 'typed', stderr: 'said', end: { exitCode: 7 } });
        const none = await talkTo(attempt, { ...exec, stdin: false, args: echoes });
        expect(await outcome(none)).toMatchObject({ stdout: '', end: { exitCode: 7 } });
      });

      it('carries any bytes beside other sessions, and leaves the command running when it is left', async () => {
        const { attempt } = await running(bench.programs.endsBy('TERM', 1, 3));
        const { echoes } = bench.programs;
        const [one, other] = await Promise.all([1, 2].map(() => talkTo(attempt, { ...exec, args: echoes })));
        await Promise.all([one?.write(bytes), other?.write(bytes)]);
        for await (const output of other?.output ?? []) {
          if (output.stream !== 'stdout') continue;
          expect(Buffer.from(output.bytes)).toEqual(bytes);
          break;
        }
        other?.close();
        one?.endInput();
        const got: Uint8Array[] = [];
        for await (const output of one?.output ?? []) if (output.stream === 'stdout') got.push(output.bytes);
        expect(Buffer.concat(got)).toEqual(bytes);
        expect(await one?.end()).toEqual({ exitCode: 7 });
        expect(await engine.check(attempt)).toBe(true);
      });

      it('attaches to the task: passes input, and ends with the task', async () => {
        const { attempt, execution } = await running(bench.programs.listens);
        const how = { kind: 'attach', terminal: false, stdin: true } as const;
        // A client that detaches leaves the input open for the next.
        if (!bench.closesInput) (await talkTo(attempt, how)).close();
        const talk = await talkTo(attempt, how);
        await talk.write(Buffer.from('over\n'));
        expect(await outcome(talk)).toMatchObject({ stdout: 'over\n', end: { exitCode: 4 } });
        expect(await exitOf(execution)).toEqual({ exitCode: 4 });
      });

      it('is only with running attempts, by any process', async () => {
        const { attempt } = await running(bench.programs.endsBy('TERM', 1, 3));
        await another();
        const talk = await talkTo(attempt, { ...exec, args: bench.programs.echoes });
        talk.endInput();
        expect(await outcome(talk)).toMatchObject({ end: { exitCode: 7 } });
        await engine.stop(attempt);
        expect(await engine.talk(attempt, { ...exec, args: ['/bin/true'] })).toBeUndefined();
        expect(
          await engine.talk({ ...attempt, attempt: 9 }, { ...exec, args: ['/bin/true'] }),
        ).toBeUndefined();
      });
    });

    describe('check', () => {
      it('reports whether the command succeeds, and failure for an attempt that does not run', async () => {
        const withCheck = (command: readonly string[]): TaskSpec => ({
          ...bench.programs.endsBy('TERM', 1, 3),
          healthCheck: { command: [...command] },
        });
        const well = await running(withCheck(bench.programs.well));
        const ill = await running(withCheck(bench.programs.ill));
        expect(await engine.check(well.attempt)).toBe(true);
        expect(await engine.check(ill.attempt)).toBe(false);
        await engine.stop(well.attempt);
        expect(await engine.check(well.attempt)).toBe(false);
      });
    });

    describe('a forgotten attempt', () => {
      it('must have ended, and is not found any more', async () => {
        const { attempt } = await running(bench.programs.endsBy('TERM', 1, 3));
        await expect(engine.forget(attempt)).rejects.toThrow('still runs');
        await engine.stop(attempt);
        await engine.forget(attempt);
        await engine.forget(attempt);
        expect(await engine.find()).toEqual([]);
        await another();
        expect(await engine.find()).toEqual([]);
      });

      it('is forgotten, and others are found, while another executor starts for long', async () => {
        const slow = executorWith(bench.programs.endsBy('TERM', 1, 3));
        const volume = { executorId: slow.executorId, volumeId: VOLUME, attachment: 'attachment-slow' };
        const storage = slow.container.storage.map((one) =>
          one.id === VOLUME ? { ...one, attachment: volume.attachment } : one,
        );
        const [claiming, claimed] = [deferred<void>(), deferred<void>()];
        const claim = async (): Promise<void> => {
          claiming.resolve();
          await claimed.promise;
        };
        const starting = engine.start(slow.attempt, { ...slow.container, storage }, options({ claim }));
        await claiming.promise;
        const { attempt, container } = executorWith(bench.programs.exits(0));
        await exitOf(await engine.start(attempt, container, options()));
        expect((await engine.find()).map((one) => one.attempt)).toEqual([attempt]);
        await engine.forget(attempt);
        expect(await engine.find()).toEqual([]);
        claimed.resolve();
        await starting;
        await bench.heard(slow.attempt, 0);
        expect((await engine.find()).map((one) => one.attempt)).toEqual([slow.attempt]);
        await engine.stop(slow.attempt);
        await engine.forget(slow.attempt);
        await engine.settle(volume);
      });

      it('is ignored by every method, like an unknown one', async () => {
        const { attempt } = executorWith(bench.programs.exits(0));
        await engine.signal(attempt, 'TERM', 1);
        await engine.stop(attempt);
        await engine.forget(attempt);
        expect(await engine.check(attempt)).toBe(false);
        expect(await engine.find()).toEqual([]);
      });
    });

    describe('writes to a volume', () => {
      let attachments = 0;
      const attachedTo = (executorId: string, base?: string): WrittenVolume => {
        attachments += 1;
        const volume = { executorId, volumeId: VOLUME, attachment: `attachment-${attachments}` };
        return base === undefined ? volume : { ...volume, base };
      };
      const executorOf = (spec: TaskSpec, { executorId, attachment, base }: WrittenVolume) => {
        const { attempt, container } = executorWith(spec);
        const layers = base === undefined ? [] : [{ id: VOLUME, checksum: base as `sha256:${string}` }];
        const storage = container.storage.map((one) =>
          one.id === VOLUME ? { ...one, layers, attachment } : one,
        );
        const executor = { ...container.executor, id: executorId };
        return { attempt: { ...attempt, executorId }, container: { ...container, executor, storage } };
      };
      /** Runs the writing task once with the attached volume, and answers the number of lines. */
      const write = async (volume: WrittenVolume, claimed: readonly string[] = []): Promise<number> => {
        const { attempt, container } = executorOf(bench.programs.writes, volume);
        const { ended } = await engine.start(attempt, container, options({ claimed }));
        const exit = await ended;
        await engine.forget(attempt);
        return 'exitCode' in exit ? (exit.exitCode ?? -1) : -1;
      };
      const forEver = { abort: new AbortController().signal };
      const save = async (volume: WrittenVolume) => {
        const sent: WrittenArchive[] = [];
        const outcome = await engine.save(
          volume,
          async (archive) => {
            const { size, checksum, read } = archive;
            const middle = size >> 1;
            const bytes = Buffer.concat([await buffer(read(0, middle)), await buffer(read(middle, size))]);
            expect(bytes.length).toBe(size);
            expect(`sha256:${createHash('sha256').update(bytes).digest('hex')}`).toBe(checksum);
            sent.push(archive);
          },
          forEver,
        );
        return { outcome, sent };
      };

      it('are sent as one archive for repeated requests, by any process', async () => {
        const volume = attachedTo('executor://boxes/writer');
        expect(await write(volume)).toBe(1);
        const one = await save(volume);
        expect([one.outcome, one.sent.length]).toEqual(['sent', 1]);
        await another();
        expect((await engine.written()).map(({ attachment }) => attachment)).toEqual([volume.attachment]);
        const other = await save(volume);
        expect([other.outcome, other.sent[0]?.checksum]).toEqual(['sent', one.sent[0]?.checksum]);
        await engine.settle(volume);
      });

      it('are kept for the same attachment, and for no other', async () => {
        const volume = attachedTo('executor://boxes/writer');
        const other = attachedTo('executor://boxes/other');
        expect([await write(volume), await write(other)]).toEqual([1, 1]);
        await another();
        expect([await write(volume, [volume.attachment]), await write(other)]).toEqual([2, 2]);
        for (const one of [volume, other]) await engine.settle(one);
      });

      it('are the start of the next attachment, after the save', async () => {
        const volume = attachedTo('executor://boxes/writer');
        await write(volume);
        const { checksum } = (await save(volume)).sent[0] as WrittenArchive;
        await engine.settle(volume, checksum);
        await engine.settle(volume, checksum);
        expect(await engine.written()).toEqual([]);
        expect((await save(volume)).outcome).toBe('absent');
        await another();
        const next = attachedTo('executor://boxes/other', checksum);
        expect(await write(next)).toBe(2);
        expect((await save(next)).outcome).toBe('sent');
        await engine.settle(next);
      });

      it('are empty without a writing task: no byte is sent', async () => {
        const volume = attachedTo('executor://boxes/writer');
        await write(volume);
        const { checksum } = (await save(volume)).sent[0] as WrittenArchive;
        await engine.settle(volume, checksum);
        const next = attachedTo('executor://boxes/writer', checksum);
        const { attempt, container } = executorOf(bench.programs.exits(0), next);
        await (await engine.start(attempt, container, options())).ended;
        await engine.forget(attempt);
        expect(await save(next)).toEqual({ outcome: 'unchanged', sent: [] });
        await engine.settle(next, checksum);
        const last = attachedTo('executor://boxes/writer', checksum);
        expect(await write(last)).toBe(2);
        await engine.settle(last);
      });

      it('stay if they cannot be sent, or the save is aborted', async () => {
        const volume = attachedTo('executor://boxes/writer');
        await write(volume);
        const refused = engine.save(volume, () => Promise.reject(new Error('the service is away')), forEver);
        await expect(refused).rejects.toThrow('the service is away');
        const given = engine.save(volume, async () => {}, { abort: AbortSignal.abort(new Error('bound')) });
        await expect(given).rejects.toThrow('bound');
        expect((await save(volume)).outcome).toBe('sent');
        await engine.settle(volume);
      });

      it('are deleted if they are discarded, and a new attachment starts without them', async () => {
        const volume = attachedTo('executor://boxes/writer');
        await write(volume);
        await engine.settle(volume);
        expect((await save(volume)).outcome).toBe('absent');
        await expect(write(volume, [volume.attachment])).rejects.toBeInstanceOf(LaunchError);
        expect(await write(attachedTo('executor://boxes/writer'))).toBe(1);
        for (const one of await engine.written()) await engine.settle(one);
      });

      it('are kept aside after a release', async () => {
        const volume = attachedTo('executor://boxes/writer');
        await write(volume);
        await engine.setAside(volume);
        await another();
        expect(await engine.written()).toEqual([]);
        expect((await save(volume)).outcome).toBe('absent');
        await engine.settle(volume);
      });

      it('are not read while a task with the volume runs', async () => {
        const volume = attachedTo('executor://boxes/writer');
        const { attempt, container } = executorOf(bench.programs.endsBy('TERM', 1, 3), volume);
        await engine.start(attempt, container, options());
        await expect(save(volume)).rejects.toThrow('in use');
        await bench.heard(attempt, 0);
        await engine.stop(attempt);
        expect((await save(volume)).outcome).toBe('unchanged');
        await engine.forget(attempt);
        await engine.settle(volume);
      });

      it('are claimed for the engine before a writing task runs', async () => {
        const volume = attachedTo('executor://boxes/writer');
        const { attempt, container } = executorOf(bench.programs.writes, volume);
        const claim = (): Promise<void> => Promise.reject(new LaunchError('another engine has it'));
        const refused = engine.start(attempt, container, options({ claim }));
        await expect(refused).rejects.toThrow('another engine has it');
        expect(await engine.find()).toEqual([]);
        expect(await write(volume)).toBe(1);
        await engine.settle(volume);
      });
    });

    describe('writes to other storage', () => {
      it('stay while a running task uses it', async () => {
        const { attempt } = await running(bench.programs.endsBy('TERM', 1, 3));
        await engine.release(attempt.executorId, []);
        await engine.stop(attempt);
        await engine.forget(attempt);
        await engine.release(attempt.executorId, []);
        await engine.release('executor://boxes/unknown', []);
      });
    });
  });
};
