/** The effect of an agent for any order of events: repeated, late or lost events, failed calls, killed processes. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { type Deed, World } from './agent-world.ts';
import type { Program } from './memory-engine.ts';

const TASKS = 3;
const task = fc.nat(TASKS - 1);
const program = fc.constantFrom<Program>(
  { does: 'wait', for: 'TERM', times: 1, code: 3 },
  { does: 'ignore', signal: 'TERM' },
  { does: 'ignore', signal: 'USR1' },
  { does: 'exit', code: 0 },
  { does: 'starve' },
  { does: 'not exist' },
);
const deed = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constantFrom('bind' as const, 'unbind' as const),
      task: fc.option(task, { nil: undefined }),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constantFrom('interrupt' as const, 'restart' as const, 'halt' as const),
      task,
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('exit' as const), task, code: fc.nat(3) }) },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constantFrom('starve' as const, 'remove' as const), task }),
  },
  { weight: 1, arbitrary: fc.constant<Deed>({ do: 'renew' }) },
  { weight: 5, arbitrary: fc.constant<Deed>({ do: 'tell' }) },
  { weight: 2, arbitrary: fc.constant<Deed>({ do: 'kill' }) },
  { weight: 1, arbitrary: fc.constant<Deed>({ do: 'reboot' }) },
  { weight: 1, arbitrary: fc.constant<Deed>({ do: 'refuse' }) },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('fail' as const),
      when: fc.constantFrom('before' as const, 'after' as const),
    }),
  },
);

/** Runs all actions, in an order that the scheduler chooses. */
const happen = async (
  scheduler: fc.Scheduler,
  programs: readonly Program[],
  deeds: readonly Deed[],
  events: 'heard' | 'lost',
): Promise<World> => {
  const step = async (what: string): Promise<void> => {
    await scheduler.schedule(Promise.resolve(), what);
  };
  const world = new World({ step, wait: () => step('wait') }, programs, events);
  world.do({ do: 'bind' });
  const told = scheduler.scheduleSequence(
    deeds.map((one) => ({ label: JSON.stringify(one), builder: async () => world.do(one) })),
  );
  await scheduler.waitIdle();
  await told.task;
  return world;
};

const programs = fc.array(program, { minLength: 1, maxLength: TASKS });
const deeds = fc.array(deed, { minLength: 1, maxLength: 25 });
const numRuns = Number(process.env.RUNS ?? 200);

it('reaches the requested state by events alone, however many changes come, and reports the ends', async () => {
  await fc.assert(
    fc.asyncProperty(fc.scheduler(), programs, deeds, async (scheduler, these, done) => {
      const world = await happen(scheduler, these, done, 'heard');
      expect(world.amiss()).toEqual([]);
    }),
    { numRuns },
  );
}, 300_000);

it('reaches it at its next look if events were lost', async () => {
  await fc.assert(
    fc.asyncProperty(fc.scheduler(), programs, deeds, async (scheduler, these, done) => {
      const world = await happen(scheduler, these, done, 'lost');
      for (let look = 0; look < 3; look += 1) {
        world.calm();
        await scheduler.waitIdle();
      }
      expect(world.amiss()).toEqual([]);
    }),
    { numRuns },
  );
}, 300_000);
