import { setTimeout as sleep } from 'node:timers/promises';
import type { TaskSpec } from '../../lib/element/task-spec.ts';
import { storage } from '../lib/composition/plan/some-input.ts';
import { describeEngine } from './engine.contract.ts';
import { argsOf, MemoryEngine, MemoryMachine, type Program } from './memory-engine.ts';

const does = (program: Program): TaskSpec => ({ process: { args: argsOf(program) } });

describeEngine('in memory', async () => {
  // Nothing of the machine takes time, so its clock runs fast.
  const machine = new MemoryMachine({
    step: async () => {},
    wait: (milliseconds) => sleep(milliseconds / 20),
  });
  return {
    programs: {
      exits: (code) => does({ does: 'exit', code }),
      endsBy: (signal, times, code) => does({ does: 'wait', for: signal, times, code }),
      stubborn: does({ does: 'ignore', signal: 'TERM' }),
      starving: does({ does: 'starve' }),
      writes: does({ does: 'write' }),
      missing: does({ does: 'not exist' }),
      listens: does({ does: 'listen', code: 4 }),
      echoes: ['/bin/echoes'],
      well: ['/bin/true'],
      ill: ['/bin/false'],
    },
    root: storage('image://library/base', '/', []),
    logs: [],
    open: () => new MemoryEngine(machine),
    abandon: async (engine) => (engine as MemoryEngine).kill(),
    heard: async () => {},
    remove: async (attempt) => machine.remove(attempt),
    close: async () => {},
  };
});
