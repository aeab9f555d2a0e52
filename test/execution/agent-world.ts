/** A composition, a machine and the agents between them, which may die. A scheduler decides the order of all steps. */

import { isDeepStrictEqual } from 'node:util';
import { bindMembers } from '../../lib/composition/bind.ts';
import {
  type Composition,
  type Member,
  nextComposition,
  type Run,
} from '../../lib/composition/composition.ts';
import { type ComposedContainer, compose } from '../../lib/composition/plan/composed-container.ts';
import { reportMember } from '../../lib/composition/report.ts';
import { presentComposition } from '../../lib/composition/representation.ts';
import { unbindMembers } from '../../lib/composition/unbind.ts';
import { defined } from '../../lib/defined.ts';
import { TaskportError } from '../../lib/errors.ts';
import { Agent } from '../../lib/execution/agent.ts';
import { askedBy } from '../../lib/execution/asked.ts';
import type { Attempt, Exit } from '../../lib/execution/attempt.ts';
import type { ControlPlane, ReportBody } from '../../lib/execution/control-plane.ts';
import { storage } from '../lib/composition/plan/some-input.ts';
import { argsOf, keyOf, MemoryEngine, MemoryMachine, type Pace, type Program } from './memory-engine.ts';

const EXECUTOR = 'executor://boxes/box';
const ROOT_IMAGE = 'image://library/base';
const AT = '2026-01-31T12:00:00.000Z';
const USER = { principal: 'local', requestId: 'one' };
const taskOf = (at: number): string => `task://jobs/t-${at}`;
const idOf = (at: number | undefined): string | undefined => (at === undefined ? undefined : taskOf(at));

/** Actions of users, tasks and accidents. */
export type Deed =
  | { readonly do: 'bind' | 'unbind'; readonly task?: number | undefined }
  | { readonly do: 'interrupt' | 'restart' | 'halt'; readonly task: number }
  | { readonly do: 'exit'; readonly task: number; readonly code: number }
  /** The task runs out of memory, or its container is removed by hand. */
  | { readonly do: 'starve' | 'remove'; readonly task: number }
  /** The composition is replaced by a new one of the same executor, with new attempts. */
  | { readonly do: 'renew' }
  /** An event arrives, perhaps repeated or late; a lost event never arrives. */
  | { readonly do: 'tell' }
  /** The agent's process is replaced by another; or the machine restarts and loses its tasks. */
  | { readonly do: 'kill' | 'reboot' }
  /** The next call of the agent fails, before or after it had its effect. */
  | { readonly do: 'fail'; readonly when: 'before' | 'after' }
  /** The engine refuses the next stop. */
  | { readonly do: 'refuse' };

/** Identifies an attempt of a composition. */
const lifeKeyOf = ({ attempt, since }: { readonly attempt: Attempt; readonly since: string }): string =>
  `${since} ${keyOf(attempt)}`;

/** One process: an agent, and its engine on the machine. */
interface Process {
  readonly agent: Agent;
  readonly engine: MemoryEngine;
  isReady: boolean;
  isDead: boolean;
}

export class World {
  readonly machine: WatchedMachine;
  /** Violations that were seen. */
  readonly faults: string[] = [];
  /** The number of requested signals for each attempt. */
  readonly asked = new Map<string, number>();
  /** The ends of attempts on the machine, in the order of their starts. */
  readonly ends = new Map<string, object>();
  readonly #pace: Pace;
  readonly #areHeard: boolean;
  readonly #programs: readonly Program[];
  #composition: Composition;
  #process: Process;
  #failures: ('before' | 'after')[] = [];

  /** With `heard` events, the agent hears of each change once. */
  constructor(pace: Pace, programs: readonly Program[], events: 'heard' | 'lost') {
    this.#pace = pace;
    this.#areHeard = events === 'heard';
    this.machine = new WatchedMachine(pace, this);
    this.#programs = programs;
    this.#composition = compositionOf(programs, AT);
    this.#process = this.#begin();
  }

  do(deed: Deed): void {
    const change = this.#changes[deed.do] as (deed: Deed) => void;
    change(deed);
  }

  readonly #changes: { readonly [D in Deed['do']]: (deed: Extract<Deed, { readonly do: D }>) => void } = {
    bind: ({ task }) =>
      this.#change(() => bindMembers(this.#composition, idOf(task), AT, 'somebody')?.change),
    unbind: ({ task }) => this.#change(() => unbindMembers(this.#composition, idOf(task))?.change),
    interrupt: ({ task }) => this.#interrupt(taskOf(task)),
    restart: ({ task }) =>
      this.#run(taskOf(task), (run) =>
        run.state === 'exited' || run.state === 'failed'
          ? { state: 'bound', attempt: run.attempt + 1, boundAt: AT }
          : undefined,
      ),
    halt: ({ task }) =>
      this.#run(taskOf(task), (run) =>
        run.state === 'running' ? { ...run, halted: 'run-deadline' } : undefined,
      ),
    exit: ({ task, code }) => this.#end(task, { exitCode: code }),
    starve: ({ task }) => this.#end(task, { exitSignal: 'KILL', outOfMemory: true }),
    remove: ({ task }) => this.#end(task, { lost: 'somebody removed it' }),
    renew: () => {
      const since = new Date(Date.parse(this.#composition.createdAt) + 1).toISOString();
      this.#composition = compositionOf(this.#programs, since);
      this.#change(() => bindMembers(this.#composition, undefined, AT, 'somebody')?.change);
    },
    tell: () => void this.#look(),
    reboot: () => {
      for (const one of this.machine.attempts.values()) this.ends.set(lifeKeyOf(one), { lost: 'all is' });
      this.machine.attempts.clear();
      this.machine.since.length = 0;
      this.#replace();
    },
    kill: () => this.#replace(),
    fail: ({ when }) => void this.#failures.push(when),
    refuse: () => {
      this.machine.refusedStops += 1;
    },
  };

  #end(task: number, exit: Exit): void {
    const running = this.machine.running().find(({ attempt }) => attempt.taskId === taskOf(task));
    running?.end(exit);
  }

  /** From now on nothing fails, and all events are repeated. */
  calm(): void {
    this.#failures = [];
    this.#look();
  }

  /** The differences between the machine and the composition; empty if there are none. */
  amiss(): string[] {
    const running = new Map(this.machine.running().map((one) => [keyOf(one.attempt), one]));
    const wrong: string[] = [];
    for (const { attempt, isToRun, isLost, interrupt } of askedBy(
      presentComposition(this.#composition, () => true),
    ).tasks) {
      const key = keyOf(attempt);
      const found = running.get(key);
      running.delete(key);
      if (isToRun && !isLost) wrong.push(`${key} is asked for, and neither runs nor failed`);
      if (isToRun && isLost && !found) wrong.push(`${key} is said to run, and does not`);
      if (!isToRun && found) wrong.push(`${key} runs, and is not to`);
      if (isToRun && found && interrupt && found.interrupts !== interrupt.count)
        wrong.push(`${key} was sent ${found.interrupts} signals of ${interrupt.count}`);
    }
    for (const key of running.keys()) wrong.push(`${key} runs, and nobody asks for it`);
    for (const [key, { exit }] of this.machine.attempts) if (exit) wrong.push(`${key} is not forgotten`);
    for (const [key, count] of this.asked) {
      const sent = this.machine.since.filter((deed) => deed === `signal ${key} USR1`).length;
      if (sent > count) wrong.push(`${key} was sent ${sent} signals, and ${count} were asked for`);
    }
    return [...this.faults, ...wrong];
  }

  #begin(): Process {
    const engine = new MemoryEngine(this.machine);
    const process: Process = { engine, isReady: false, isDead: false } as Process;
    const agent = new Agent({
      control: this.#controlOf(process),
      engine,
      wait: async (milliseconds, signal) => {
        if (!signal.aborted) await this.#pace.wait(milliseconds);
      },
      now: () => Date.parse(AT),
    });
    Object.assign(process, { agent });
    void agent.adopt().then(() => {
      process.isReady = true;
      void agent.look(EXECUTOR);
    });
    return process;
  }

  /** A process misses events before it listens, but then looks at everything. */
  #look(): void {
    if (this.#process.isReady) void this.#process.agent.look(EXECUTOR);
  }

  #replace(): void {
    this.#process.isDead = true;
    this.#process.engine.kill();
    this.#process = this.#begin();
  }

  /** Whether the service was told that an attempt runs. */
  isSaidToRun({ taskId, attempt }: Attempt): boolean {
    const run = this.#composition.members.find(({ id }) => id === taskId)?.task?.run;
    return run?.state === 'running' && run.attempt === attempt;
  }

  /** The service as a process sees it: an answer may be late, or never come. */
  #controlOf(process: Process): ControlPlane {
    const call = async <T>(what: string, effect: () => T): Promise<T> => {
      await this.#step(process, what);
      const failure = this.#failures.shift();
      if (failure === 'before') throw new Error('the service does not answer');
      const answer = effect();
      await this.#step(process, `${what} answered`);
      if (failure === 'after') throw new Error('the answer is lost');
      return answer;
    };
    return {
      engine: 'the engine',
      attachment: async () => ({ state: 'over' }),
      claim: async () => {},
      tell: async () => {},
      send: async () => {},
      composition: () => call('composition', () => presentComposition(this.#composition, () => true)),
      container: () => call('container', () => this.#container()),
      report: (attempt, body) =>
        call(`report ${keyOf(attempt)} ${body.state}`, () => this.#report(attempt, body)),
    };
  }

  async #step(process: Process, what: string): Promise<void> {
    await this.#pace.step(what);
    if (process.isDead) await new Promise(() => {});
  }

  #container(): ComposedContainer {
    const bound = this.#composition.members.filter((member) => member.bound);
    return compose({
      executor: { id: EXECUTOR, spec: {} },
      storage: [storage(ROOT_IMAGE, '/', [])],
      tasks: bound.flatMap(({ id, task }) =>
        task ? [{ id, attempt: task.run.attempt, spec: task.spec }] : [],
      ),
      logs: [],
    });
  }

  #report(attempt: Attempt, body: ReportBody): boolean {
    const report = { attempt: attempt.attempt, ...body };
    try {
      const effect = reportMember(this.#composition, attempt.taskId, report, AT);
      if (!effect) return true;
      this.#become(effect.change);
    } catch (error) {
      if (error instanceof TaskportError) return false;
      throw error;
    }
    this.#judge(attempt, body);
    return true;
  }

  /** Whether the report on an attempt is true. */
  #judge(attempt: Attempt, { state, exitCode, exitSignal, outOfMemory, lost }: ReportBody): void {
    const key = lifeKeyOf({ attempt, since: this.#composition.createdAt });
    const end = this.ends.get(key);
    const isLost = end !== undefined && 'lost' in end;
    if (lost !== undefined && !isLost) this.faults.push(`${key} is told to be lost, and was not`);
    if (state !== 'exited') return;
    const told = defined({ exitCode, exitSignal, outOfMemory });
    if (!isDeepStrictEqual(end, told))
      this.faults.push(`${key} ended with ${JSON.stringify(end)}, and ${JSON.stringify(told)} is told`);
    const run = this.#composition.members.find(({ id }) => id === attempt.taskId)?.task?.run;
    if (outOfMemory && run?.reason === 'failed')
      this.faults.push(`${key} ended for want of memory, and is said to have failed`);
  }

  #become(change: Parameters<typeof nextComposition>[1]): void {
    this.#composition = nextComposition(this.#composition, change, AT, USER);
    if (this.#areHeard) this.#look();
  }

  #change(change: () => Parameters<typeof nextComposition>[1] | undefined): void {
    try {
      const made = change();
      if (made) this.#become(made);
    } catch (error) {
      // A refused report changes nothing.
      if (!(error instanceof TaskportError)) throw error;
    }
  }

  #run(id: string, next: (run: Run) => Run | undefined): void {
    this.#change(() => ({
      members: this.#composition.members.map((member) => {
        const run = member.id === id && member.bound && member.task ? next(member.task.run) : undefined;
        return run && member.task ? { ...member, task: { ...member.task, run } } : member;
      }),
    }));
  }

  #interrupt(id: string): void {
    this.#change(() => ({
      members: this.#composition.members.map((member) => {
        const { task, bound } = member;
        if (member.id !== id || !task || !bound || !['bound', 'running'].includes(task.run.state))
          return member;
        const { attempt: number } = task.run;
        const attempt = { executorId: EXECUTOR, taskId: id, attempt: number };
        const key = lifeKeyOf({ attempt, since: this.#composition.createdAt });
        this.asked.set(key, (this.asked.get(key) ?? 0) + 1);
        const count = (task.interrupt?.count ?? 0) + 1;
        return { ...member, task: { ...task, interrupt: { signal: 'USR1', count, attempt: number } } };
      }),
    }));
  }
}

/** Detects violations: two concurrent attempts of a task, and an attempt that is started twice. */
class WatchedMachine extends MemoryMachine {
  readonly #world: World;

  constructor(pace: Pace, world: World) {
    super(pace);
    this.#world = world;
  }

  /** The actions since the machine's start, by attempt and composition. */
  readonly since: string[] = [];

  override deliver(started: Parameters<MemoryMachine['deliver']>[0], signal: string): void {
    if (!started.exit) this.since.push(`signal ${lifeKeyOf(started)} ${signal}`);
    super.deliver(started, signal);
  }

  override launch(attempt: Attempt, container: ComposedContainer, since: string) {
    const key = keyOf(attempt);
    if (this.running().some((one) => one.attempt.taskId === attempt.taskId))
      this.#world.faults.push(`${key} is started beside another of its task`);
    const isNamed = (one: Attempt): boolean =>
      container.tasks.some(({ id, attempt: number }) => id === one.taskId && number === one.attempt);
    if (container.tasks[0]?.id === attempt.taskId && !this.running().every((one) => isNamed(one.attempt)))
      this.#world.faults.push(`${key} is started before what ran there is over`);
    if (this.#world.isSaidToRun(attempt)) this.#world.faults.push(`${key} is started, and is said to run`);
    const begun = `start ${lifeKeyOf({ attempt, since })}`;
    if (this.since.includes(begun)) this.#world.faults.push(`${key} is started again`);
    const started = super.launch(attempt, container, since);
    this.since.push(begun);
    const { end } = started;
    void started.ended.then(({ at: _, ...exit }) => this.#world.ends.set(lifeKeyOf(started), exit));
    return Object.assign(started, {
      end: (exit: Parameters<typeof end>[0]) => {
        if (!started.exit) this.#world.ends.set(lifeKeyOf(started), exit);
        end(exit);
      },
    });
  }
}

const compositionOf = (programs: readonly Program[], since: string): Composition => {
  const mount = { path: '/', readOnly: false, persistent: true };
  const rootMember: Member = { id: ROOT_IMAGE, kind: 'image', bound: false, reference: 'r', mount };
  return {
    executorId: EXECUTOR,
    incarnation: since,
    nonce: 'one',
    revision: 1,
    members: [
      rootMember,
      ...programs.map(
        (program, at): Member => ({
          id: taskOf(at),
          kind: 'task',
          bound: false,
          reference: `t-${at}`,
          task: {
            spec: { process: { args: argsOf(program) } },
            revision: 1,
            ephemeral: false,
            run: { state: 'created', attempt: 0 },
          },
        }),
      ),
    ],
    attempts: {},
    attemptFloor: 0,
    createdAt: since,
    modifiedAt: AT,
    modifiedBy: 'local',
  };
};
