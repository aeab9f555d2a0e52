/** How an agent asks the service about many executors. */
import { setImmediate as turn } from 'node:timers/promises';
import { expect, it, vi } from 'vitest';
import { Agent, type AgentOptions } from '../../lib/execution/agent.ts';
import type { ControlPlane } from '../../lib/execution/control-plane.ts';
import { deferred } from '../../lib/execution/deferred.ts';
import { PATIENCE } from '../patience.ts';
import { MemoryEngine, MemoryMachine } from './memory-engine.ts';

const AT_ONCE = 20;
const idsOf = (name: string): string[] =>
  Array.from({ length: 50 }, (_, at) => `executor://boxes/${name}-${at}`);
const [broken, sound] = [idsOf('broken'), idsOf('sound')];

/** An agent of a service that answers so; the executors about which it asked. */
const agentOf = (answer: (id: string) => Promise<undefined>, wait: AgentOptions['wait']) => {
  const asked: string[] = [];
  const composition = (id: string): Promise<undefined> => {
    asked.push(id);
    return answer(id);
  };
  const engine = new MemoryEngine(new MemoryMachine({ step: async () => {}, wait: async () => {} }));
  const control = { engine: 'here', composition } as unknown as ControlPlane;
  return { agent: new Agent({ control, engine, wait, now: Date.now }), asked };
};

const never = (): Promise<never> => new Promise(() => {});

it('an agent asks about twenty executors at a time, and at once about an executor that has changed', async () => {
  const answered = deferred<undefined>();
  const { agent, asked } = agentOf(() => answered.promise, never);
  const looks = sound.map((id) => agent.lookSoon(id));
  await turn();
  expect(asked).toEqual(sound.slice(0, AT_ONCE));
  const changed = sound.at(-1) ?? '';
  looks.push(agent.look(changed));
  await turn();
  expect(asked.slice(AT_ONCE)).toEqual([changed]);
  answered.resolve(undefined);
  await Promise.all(looks);
  expect(asked.toSorted()).toEqual(sound.toSorted());
});

it('goes on past those that cannot be read', async () => {
  const stopping = deferred<void>();
  const { agent, asked } = agentOf(
    async (id) => {
      if (broken.includes(id)) throw new Error('no answer');
      return undefined;
    },
    () => stopping.promise,
  );
  for (const id of broken) void agent.lookSoon(id);
  await Promise.all(sound.map((id) => agent.lookSoon(id)));
  expect(asked).toEqual([...broken, ...sound]);
  const stopped = agent.stop();
  stopping.resolve();
  await stopped;
  expect(asked).toHaveLength(broken.length + sound.length);
});

it('asks again ever more rarely, and at once if there is a change', async () => {
  const waits: number[] = [];
  const { agent, asked } = agentOf(
    async () => {
      if (asked.length < 8) throw new Error('no answer');
      return undefined;
    },
    async (milliseconds) => {
      waits.push(milliseconds);
      if (waits.length === 7) await never();
    },
  );
  const [one = ''] = broken;
  const looked = agent.lookSoon(one);
  await vi.waitUntil(() => waits.length === 7, PATIENCE);
  expect(waits).toEqual([1_000, 2_000, 4_000, 8_000, 10_000, 10_000, 10_000]);
  void agent.look(one);
  await looked;
  expect(asked).toHaveLength(8);
});

it('leaves those that wait for their turn when it stops', async () => {
  const answered = deferred<undefined>();
  const { agent, asked } = agentOf(() => answered.promise, never);
  const looks = sound.map((id) => agent.lookSoon(id));
  await turn();
  const stopped = agent.stop();
  answered.resolve(undefined);
  await Promise.all([stopped, ...looks]);
  expect(asked).toEqual(sound.slice(0, AT_ONCE));
});
