/** For any lost call to the engine, or lost answer: a task runs once, gets each signal once, and leaves nothing. */

import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it, vi } from 'vitest';
import { labelNames } from '../../cli/docker/labels.ts';
import { reachEngine } from '../../cli/docker/reach-engine.ts';
import type { TaskSpec } from '../../lib/element/task-spec.ts';
import type { Attempt } from '../../lib/execution/attempt.ts';
import { deferred } from '../../lib/execution/deferred.ts';
import { titled } from '../bundle.ts';
import { PATIENCE } from '../patience.ts';
import { DockerBench, sh } from './bench.ts';
import { withoutDocker } from './dockerd.ts';
import { EngineProxy, type Fate } from './engine-proxy.ts';

const without = withoutDocker();
/** Concurrent stories. */
const PARALLEL = 4;
/** One story loses every fourth call of a kind, so four stories lose each call once. */
const EVERY = 4;
/** If it were started twice, the engine would run it again. */
const SHORT = sh('echo began; exit 7');
const PROGRAM = sh(
  // A signal interrupts `wait`.
  'trap "echo heard USR1" USR1; trap "echo heard TERM; exit 3" TERM; sleep 1000 & echo began; while :; do wait; done',
  // On a busy machine, a shell may react late to a signal.
  { deadlines: { stopSeconds: 120 } },
);

interface Told {
  readonly asked: readonly string[];
  /** The full paths of these calls. */
  readonly addresses: readonly string[];
  /** The lost calls. */
  readonly lost: readonly string[];
  readonly lines: readonly string[];
  readonly end: object;
  /** The number of starts of a container of the task. */
  readonly starts: number;
  readonly left: readonly string[];
}

/** The kind of a call: its path without versions and names. */
const kindOf = (call: string): string =>
  call.replace(/\/v[\d.]+|[0-9a-f]{32,}|taskport-[a-z]+-[^/]*/g, '').replace(/\/images\/.*/, '/images/…');

/** Whether a runner that dies after a call may leave another engine, or other lines, than one that dies before it. */
const leavesTraces = (call: string): boolean =>
  call.endsWith('/logs') || !(call.startsWith('GET ') || call.startsWith('HEAD ') || call.endsWith('/wait'));

/** Loses every `EVERY`th call of each kind; each story starts with another call. */
const losing = (story: number, fate: Fate): ((call: string) => Fate) => {
  const counts = new Map<string, number>();
  return (call) => {
    const count = counts.get(kindOf(call)) ?? 0;
    counts.set(kindOf(call), count + 1);
    return count % EVERY === story ? fate : 'pass';
  };
};

describe.skipIf(without)(titled('a task with lost calls between runner and engine', without), () => {
  let bench: DockerBench;
  let events: NodeJS.ReadableStream;
  const started: string[] = [];

  beforeAll(async () => {
    bench = await DockerBench.open(inject('dockerHost'));
    events = await bench.reached.docker.getEvents({
      filters: { event: ['start'], label: [`${labelNames.service}=${bench.service.url}`] },
    });
    let said = '';
    events.on('data', (chunk) => {
      const lines = (said + chunk).split('\n');
      said = lines.pop() ?? '';
      for (const line of lines) {
        const { Actor } = JSON.parse(line);
        if (Actor.Attributes[labelNames.kind] === 'task') started.push(Actor.Attributes[labelNames.executor]);
      }
    });
  });
  afterAll(async () => {
    (events as NodeJS.ReadableStream & { destroy(): void }).destroy();
    await bench.close();
  });

  let told = 0;
  /** Starts a task, signals it, stops it if it does not end by itself, and forgets it. */
  const tell = async (program: TaskSpec, fate: (call: string) => Fate): Promise<Told> => {
    told += 1;
    const scope = { ...bench.scope, location: `lost-${told}` };
    const socket = join(bench.directory, `proxy-${told}.sock`);
    const proxy = await EngineProxy.start(inject('dockerHost').replace('unix://', ''), socket);
    // A location has one process at a time.
    const engine = bench.engine({ scope, engine: await reachEngine(`unix://${socket}`, {}) });
    const lost: string[] = [];
    const from = proxy.calls.length;
    proxy.fate = (call) => {
      const one = fate(call);
      if (one !== 'pass') lost.push(kindOf(call));
      return one;
    };
    const { container, attempts } = bench.composed([program]);
    const [attempt] = attempts as [Attempt];
    const execution = await engine.start(attempt, container, bench.options());
    await vi.waitFor(() => expect(bench.lines(attempt)).toContain('began'), PATIENCE);
    if (program === PROGRAM) {
      await engine.signal(attempt, 'USR1', 1);
      await engine.signal(attempt, 'USR1', 1);
      await vi.waitFor(() => expect(bench.lines(attempt)).toContain('heard USR1'), PATIENCE);
      await engine.stop(attempt);
    }
    const { at: _, ...end } = await execution.ended;
    await engine.forget(attempt);
    const asked = proxy.calls.slice(from);
    await engine.close();
    await proxy.stop();
    return {
      ...{ asked, addresses: proxy.addresses, lost, end, lines: bench.lines(attempt) },
      starts: started.filter((executorId) => executorId === attempt.executorId).length,
      left: await bench.left(scope),
    };
  };
  const plain = new Map<TaskSpec, Promise<Told>>();
  /** The story of a program in which nothing is lost; not the first story, in which the engine has no image. */
  const plainly = (program: TaskSpec): Promise<Told> => {
    const known = plain.get(program) ?? tell(program, () => 'pass');
    plain.set(program, known);
    return known;
  };
  const whole = {
    lines: ['began', 'heard USR1', 'heard TERM'],
    ...{ end: { exitCode: 3 }, starts: 1, left: [] },
  };

  it('makes each kind of call whose answer the tests below lose', async () => {
    const { asked, addresses, ...told } = await tell(PROGRAM, () => 'pass');
    expect(told).toEqual({ ...whole, lost: [] });
    const kinds = asked.map(kindOf);
    for (const verb of ['/containers/create', '/start', '/kill', '/rename', '/wait'])
      expect(kinds.filter((call) => call.startsWith('POST') && call.endsWith(verb))).not.toEqual([]);
    // An engine may log paths.
    expect(addresses.filter((address) => address.includes('began'))).toEqual([]);
  });

  /** Starts a task by a process that is killed after its nth call that leaves traces, and lets another continue. */
  const tellOfDeath = async (at: number): Promise<Told> => {
    told += 1;
    const scope = { ...bench.scope, location: `lost-${told}` };
    const socket = join(bench.directory, `proxy-${told}.sock`);
    const proxy = await EngineProxy.start(inject('dockerHost').replace('unix://', ''), socket);
    const doomed = bench.engine({ scope, engine: await reachEngine(`unix://${socket}`, {}) });
    const from = proxy.calls.length;
    const dead = deferred<boolean>();
    let traces = 0;
    let last = '';
    proxy.fate = (call) => {
      if (!leavesTraces(call)) return 'pass';
      traces += 1;
      if (traces !== at) return 'pass';
      last = kindOf(call);
      dead.resolve(true);
      return 'gone behind';
    };
    const { container, attempts } = bench.composed([SHORT]);
    const [attempt] = attempts as [Attempt];
    const starting = doomed.start(attempt, container, bench.options());
    const isLost = await Promise.race([dead.promise, starting.then(({ ended }) => ended).then(() => false)]);
    // The engine completes the calls that it has received.
    if (isLost) await vi.waitFor(() => expect(proxy.isGone).toBe(true), PATIENCE);
    await doomed.close();
    await starting.catch(() => {});
    const next = bench.engine({ scope });
    const found = (await next.find())[0] ?? (await next.start(attempt, container, bench.options()));
    const { at: _, ...end } = await found.ended;
    await next.forget(attempt);
    const asked = proxy.calls.slice(from);
    await next.close();
    await proxy.stop();
    return {
      ...{ asked, addresses: proxy.addresses, end, lines: bench.lines(attempt) },
      lost: isLost ? [last] : [],
      starts: started.filter((executorId) => executorId === attempt.executorId).length,
      left: await bench.left(scope),
    };
  };

  const short = { ...whole, lines: ['began'], end: { exitCode: 7 } };

  it.each([
    ['that is stopped', 'call', PROGRAM, whole, 'drop'],
    ['that is stopped', 'answer', PROGRAM, whole, 'lose'],
    ['that ends at once', 'call', SHORT, short, 'drop'],
    ['that ends at once', 'answer', SHORT, short, 'lose'],
  ] as const)('%s runs once, whichever %s is lost', async (_, __, program, expected, fate) => {
    const undisturbed = await plainly(program);
    const stories = await Promise.all(
      Array.from({ length: EVERY }, (_, story) => tell(program, losing(story, fate))),
    );
    for (const { asked, addresses: _, lost, ...told } of stories)
      expect(told, `${lost.join('\n')}\n\n${asked.join('\n')}`).toEqual(expected);
    const lost = stories.flatMap((story) => story.lost);
    expect(new Set(lost)).toEqual(new Set([...lost, ...undisturbed.asked.map(kindOf)]));
    expect(lost.length).toBeGreaterThan(15);
  });

  // For the next process, a kill before a call is the same as a kill after the call before it.
  it('runs once, after whichever call its runner is killed', async () => {
    let next = 1;
    const killedAfter = new Set<string>();
    const tellAll = async (): Promise<void> => {
      for (;;) {
        const at = next;
        next += 1;
        const {
          asked,
          addresses: _,
          lost,
          ...told
        } = await tellOfDeath(at).catch((error) => {
          throw new Error(`it is killed at call ${at}`, { cause: error });
        });
        expect(told, `${at} ${asked.join('\n')}`).toEqual(short);
        // The number of calls varies a little, so each row of runs goes on until its own last call.
        if (lost.length === 0) return;
        for (const call of lost) killedAfter.add(call);
      }
    };
    await Promise.all(Array.from({ length: PARALLEL }, tellAll));
    for (const verb of ['/create', '/start', '/rename', '/logs'])
      expect([...killedAfter].filter((call) => call.endsWith(verb))).not.toEqual([]);
  });
});
