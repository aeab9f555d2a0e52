/** What every engine does, whatever it runs tasks by: the agent relies on it and on nothing else. */
import { createHash } from 'node:crypto';
import { buffer } from 'node:stream/consumers';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type ComposedContainer, compose } from '../../lib/composition/plan/composed-container.ts';
import type { PlannedStorage } from '../../lib/composition/plan/plan-input.ts';
import type { TaskSpec } from '../../lib/element/task-spec.ts';
import type { Attempt } from '../../lib/execution/attempt.ts';
import {
  type Engine,
  type Execution,
  LaunchError,
  type StartOptions,
  type WrittenArchive,
  type WrittenVolume,
} from '../../lib/execution/engine.ts';
import type { Talk, TalkRequest } from '../../lib/execution/talk.ts';

/** How the tasks of this suite are written for an engine. Each begins to run before it does anything. */
interface Programs {
  /** Ends at once. */
  exits(code: number): TaskSpec;
  /** Ends once it was sent a signal that many times. */
  endsBy(signal: 'TERM' | 'USR1', times: number, code: number): TaskSpec;
  /** Hears no TERM. */
  readonly stubborn: TaskSpec;
  /** Takes more memory than it may have; absent where an engine does not tell that from a kill. */
  readonly starving?: TaskSpec;
  /** Adds a line to a file of the volume at `/data`, and ends with the number of its lines. */
  readonly writes: TaskSpec;
  /** Cannot be started. */
  readonly missing: TaskSpec;
  /** Says each line that it is given, and ends with 4 once that is `over`. */
  readonly listens: TaskSpec;
  /** A command beside a task that says `said` on standard error and all that it is given on standard output, and ends with 7. */
  readonly echoes: string[];
  /** Commands for health checks. */
  readonly well: readonly string[];
  readonly ill: readonly string[];
}

/** A machine with nothing on it. */
export interface Bench {
  readonly programs: Programs;
  /** A root filesystem in which the programs are, and logs of which `heard` may learn something. */
  readonly root: PlannedStorage;
  readonly logs: ComposedContainer['logs'];
  /** Whether the engine closes the input of a task with its first client, whatever was said. */
  readonly closesInput?: boolean;
  /** A process on the machine, beside which there is no other. */
  open(): Engine;
  /** Ends a process, as far as that can be done from here: it does nothing any more. */
  abandon(engine: Engine): Promise<void>;
  /** Settles once a task has heard that many signals; with none, once it can. */
  heard(attempt: Attempt, times: number): Promise<void>;
  /** Takes an attempt away behind the engine's back; absent where nobody can. */
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

    /** Another process in the place of the present one. */
    const another = async (): Promise<Engine> => {
      await bench.abandon(engine);
      engine = bench.open();
      return engine;
    };

    /** An executor of its own with these tasks, each with its attempt. */
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
    /** Starts the only task of an executor of its own, and waits until it hears. */
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
      it('settles once the task runs, and tells how it ends', async () => {
        const { attempt, container } = executorWith(bench.programs.exits(7));
        const execution = await engine.start(attempt, container, options());
        expect(execution).toMatchObject({ attempt, interrupts: 0 });
        expect([SINCE, undefined]).toContain(execution.since);
        expect(Date.parse(execution.startedAt)).not.toBeNaN();
        expect(await exitOf(execution)).toEqual({ exitCode: 7 });
      });

      it('of what was started changes nothing, at the same time or later, running or ended', async () => {
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

      it('by another process finds what the one before it started', async () => {
        const { attempt, container, execution } = await running(bench.programs.endsBy('TERM', 1, 3));
        await another();
        const again = await engine.start(attempt, container, options());
        expect(again.startedAt).toBe(execution.startedAt);
        await engine.stop(attempt);
        expect(await exitOf(again)).toEqual({ exitCode: 3 });
      });

      it('of what cannot be started says why, and leaves nothing', async () => {
        const { attempt, container } = executorWith(bench.programs.missing);
        for (let time = 0; time < 2; time += 1) {
          const refused = engine.start(attempt, container, options());
          await expect(refused).rejects.toBeInstanceOf(LaunchError);
          await expect(refused).rejects.toThrow(/no such file or directory/);
        }
        expect(await engine.find()).toEqual([]);
      });

      it('that is given up leaves nothing, whenever that is', async () => {
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

      it('that a process did not survive has either begun or not', async () => {
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

      it('are not started without the first', async () => {
        const { attempts, container } = executorWith(bench.programs.exits(0), bench.programs.stubborn);
        const [first, second] = attempts as [Attempt, Attempt];
        await expect(engine.start(second, container, options())).rejects.toBeInstanceOf(LaunchError);
        await (await engine.start(first, container, options())).ended;
        await expect(engine.start(second, container, options())).rejects.toBeInstanceOf(LaunchError);
      });
    });

    describe('find', () => {
      it('tells what runs, of which composition, and how often it was sent a signal', async () => {
        const { attempt, execution } = await running(bench.programs.endsBy('USR1', 3, 5));
        await engine.signal(attempt, 'USR1', 1);
        await engine.signal(attempt, 'USR1', 2);
        await another();
        const again = await found(attempt);
        expect(again).toMatchObject({ attempt, interrupts: 2, startedAt: execution.startedAt });
        expect(again?.since).toBe(execution.since === undefined ? undefined : SINCE);
      });

      it('tells what ended while no process looked, with how', async () => {
        const { attempt } = await running(bench.programs.endsBy('USR1', 1, 5));
        await engine.signal(attempt, 'USR1', 1);
        await another();
        const again = await found(attempt);
        expect(again && (await exitOf(again))).toEqual({ exitCode: 5 });
      });
    });

    describe('an end', () => {
      it('for want of memory is told from a kill', async () => {
        const { starving } = bench.programs;
        if (!starving) return;
        const { attempt, container } = executorWith(starving);
        const end = await exitOf(await engine.start(attempt, container, options()));
        expect(end).toMatchObject({ outOfMemory: true });
        const killed = await running(bench.programs.stubborn);
        await engine.signal(killed.attempt, 'KILL', 1);
        expect(await exitOf(killed.execution)).toEqual({ exitSignal: 'KILL' });
      });

      it('that nobody saw is told as lost, and forgotten as any other', async () => {
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
      it('is sent once, however often and late it is asked for, by whichever process', async () => {
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
      it('sends the stop signal and waits for the end, once for all who ask', async () => {
        const { attempt, execution } = await running(bench.programs.endsBy('TERM', 1, 3));
        await Promise.all([engine.stop(attempt), engine.stop(attempt)]);
        expect(await exitOf(execution)).toEqual({ exitCode: 3 });
        await engine.stop(attempt);
      });

      it('kills what is still there when its time is over', async () => {
        const deadlines = { stopSeconds: 1 };
        const { attempt, execution } = await running({ ...bench.programs.stubborn, deadlines });
        await engine.stop(attempt);
        expect(await exitOf(execution)).toEqual({ exitSignal: 'KILL' });
      });

      it('is gone on with by another process', async () => {
        const deadlines = { stopSeconds: 1 };
        const { attempt } = await running({ ...bench.programs.stubborn, deadlines });
        void engine.stop(attempt).catch(() => {});
        await another();
        await engine.stop(attempt);
        const execution = await found(attempt);
        expect(execution && (await exitOf(execution))).toEqual({ exitSignal: 'KILL' });
      });
    });

    describe('a talk', () => {
      const exec = { kind: 'exec', terminal: false, stdin: true } as const;
      /** All that it writes, and how it ends. */
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

      it('by a command gives it its input, tells its streams apart, and how it ended', async () => {
        const { attempt } = await running(bench.programs.endsBy('TERM', 1, 3));
        const { echoes } = bench.programs;
        const talk = await talkTo(attempt, { ...exec, args: echoes });
        await talk.write(Buffer.from('typed'));
        talk.endInput();
        expect(await outcome(talk)).toEqual({ stdout: 'typed', stderr: 'said', end: { exitCode: 7 } });
        const none = await talkTo(attempt, { ...exec, stdin: false, args: echoes });
        expect(await outcome(none)).toMatchObject({ stdout: '', end: { exitCode: 7 } });
      });

      it('carries any bytes while others talk, and is left without an end of what runs', async () => {
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

      it('attaches to the task: its input is heard, and its end is that of the talk', async () => {
        const { attempt, execution } = await running(bench.programs.listens);
        const how = { kind: 'attach', terminal: false, stdin: true } as const;
        // Who leaves leaves its input open for the next.
        if (!bench.closesInput) (await talkTo(attempt, how)).close();
        const talk = await talkTo(attempt, how);
        await talk.write(Buffer.from('over\n'));
        expect(await outcome(talk)).toMatchObject({ stdout: 'over\n', end: { exitCode: 4 } });
        expect(await exitOf(execution)).toEqual({ exitCode: 4 });
      });

      it('is with what runs alone, by whichever process', async () => {
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
      it('tells whether the command says that it is well, and that what does not run is not', async () => {
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

    describe('what is forgotten', () => {
      it('has to have ended, and is found no more', async () => {
        const { attempt } = await running(bench.programs.endsBy('TERM', 1, 3));
        await expect(engine.forget(attempt)).rejects.toThrow('still runs');
        await engine.stop(attempt);
        await engine.forget(attempt);
        await engine.forget(attempt);
        expect(await engine.find()).toEqual([]);
        await another();
        expect(await engine.find()).toEqual([]);
      });

      it('or was never known, is nothing to any method', async () => {
        const { attempt } = executorWith(bench.programs.exits(0));
        await engine.signal(attempt, 'TERM', 1);
        await engine.stop(attempt);
        await engine.forget(attempt);
        expect(await engine.check(attempt)).toBe(false);
        expect(await engine.find()).toEqual([]);
      });
    });

    describe('what was written to a volume', () => {
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
      /** Runs the task that writes, once, with the volume as it is attached, and answers how many lines are there. */
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

      it('is sent as one archive, however often it is asked for, by whichever process', async () => {
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

      it('is there for the same attachment, and for no other', async () => {
        const volume = attachedTo('executor://boxes/writer');
        const other = attachedTo('executor://boxes/other');
        expect([await write(volume), await write(other)]).toEqual([1, 1]);
        await another();
        expect([await write(volume, [volume.attachment]), await write(other)]).toEqual([2, 2]);
        for (const one of [volume, other]) await engine.settle(one);
      });

      it('is what the next attachment begins as, once it is saved', async () => {
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

      it('is nothing where no task wrote: not a byte is sent', async () => {
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

      it('stays where it cannot be sent, or the sending is given up', async () => {
        const volume = attachedTo('executor://boxes/writer');
        await write(volume);
        const refused = engine.save(volume, () => Promise.reject(new Error('the service is away')), forEver);
        await expect(refused).rejects.toThrow('the service is away');
        const given = engine.save(volume, async () => {}, { abort: AbortSignal.abort(new Error('bound')) });
        await expect(given).rejects.toThrow('bound');
        expect((await save(volume)).outcome).toBe('sent');
        await engine.settle(volume);
      });

      it('goes where it is given up, and nothing begins in its place', async () => {
        const volume = attachedTo('executor://boxes/writer');
        await write(volume);
        await engine.settle(volume);
        expect((await save(volume)).outcome).toBe('absent');
        await expect(write(volume, [volume.attachment])).rejects.toBeInstanceOf(LaunchError);
        expect(await write(attachedTo('executor://boxes/writer'))).toBe(1);
        for (const one of await engine.written()) await engine.settle(one);
      });

      it('is kept aside where somebody released it', async () => {
        const volume = attachedTo('executor://boxes/writer');
        await write(volume);
        await engine.setAside(volume);
        await another();
        expect(await engine.written()).toEqual([]);
        expect((await save(volume)).outcome).toBe('absent');
        await engine.settle(volume);
      });

      it('is not read while a task that has it runs', async () => {
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

      it('is claimed for the engine before anything runs that writes', async () => {
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

    describe('what was written to storage', () => {
      it('stays while a task that runs uses it', async () => {
        const { attempt } = await running(bench.programs.endsBy('TERM', 1, 3));
        await engine.release(attempt.executorId, []);
        await expect(engine.releaseVolume(VOLUME)).rejects.toThrow('in use');
        await engine.stop(attempt);
        await engine.forget(attempt);
        await engine.release(attempt.executorId, []);
        await engine.releaseVolume(VOLUME);
        await engine.releaseVolume(VOLUME);
        await engine.release('executor://boxes/unknown', []);
        await engine.releaseVolume('volume://data/unknown');
      });
    });
  });
};
