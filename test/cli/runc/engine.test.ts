import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, vi } from 'vitest';
import { runcEngine } from '../../../cli/runner/runc-engine.ts';
import { titled, withoutRunc } from '../../bundle.ts';
import { describeEngine } from '../../execution/engine.contract.ts';
import { storage } from '../../lib/composition/plan/some-input.ts';
import { PATIENCE } from '../../patience.ts';
import { busybox, cleanUp, LOG, Machine, sh } from './machine.ts';

const without = withoutRunc();
const LOOP = 'echo heard 0; while :; do sleep 0.05; done';

describe.skipIf(without)(titled('containers', without), () => {
  describeEngine('runc', async () => {
    const base = await busybox();
    const directory = mkdtempSync(join(tmpdir(), 'taskport-runc-'));
    let machine: Machine;
    let starting: Promise<unknown> = Promise.resolve();
    return {
      programs: {
        exits: (code) => sh(`exit ${code}`),
        endsBy: (signal, times, code) =>
          sh(
            `n=0; trap 'n=$((n + 1)); echo heard $n; if [ $n -ge ${times} ]; then exit ${code}; fi' ${signal}; ${LOOP}`,
          ),
        stubborn: sh(`trap '' TERM; ${LOOP}`),
        missing: { process: { args: ['/bin/missing'] } },
        well: ['/bin/true'],
        ill: ['/bin/false'],
      },
      root: storage('image://library/base', '/', [base]),
      logs: [{ id: LOG, spec: {} }],
      open: () => {
        machine = new Machine({ directory });
        const engine = runcEngine(machine.executor);
        return {
          ...engine,
          start: (...given) => {
            const started = engine.start(...given);
            starting = started;
            return started;
          },
        };
      },
      // Within one process a start cannot be broken off; `runner-death.test.ts` kills processes.
      abandon: async (engine) => {
        await starting.catch(() => {});
        await engine.close();
      },
      heard: (attempt, times) =>
        vi.waitFor(() => expect(machine.lines(attempt)).toContain(`heard ${times}`), PATIENCE),
      close: cleanUp,
    };
  });
});
