/** Tasks that write faster than their logs take. */
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { RuncExecutorOptions } from '../../../cli/runc/runc-executor.ts';
import type { Layer } from '../../../lib/composition/plan/plan-input.ts';
import { titled, withoutRunc } from '../../bundle.ts';
import { eventually } from './eventually.ts';
import { busybox, cleanUp, MAIN, Machine, planFor, sh } from './machine.ts';

const without = withoutRunc();
const PLENTY = 200 * 2 ** 20;

/** A log that takes nothing until it is opened up, and counts the bytes of what it has. */
const gatedLog = () => {
  let openUp = (): void => {};
  const gate = new Promise<void>((resolve) => {
    openUp = resolve;
  });
  let bytes = 0;
  let writes = 0;
  const openSink: RuncExecutorOptions['openSink'] = async () => ({
    uri: 'test:log',
    write: async (lines) => {
      await gate;
      // Who fails now and then is given the same again.
      writes += 1;
      if (writes % 50 === 0) throw new Error('not now');
      for (const { text } of lines) bytes += text.length;
    },
    close: async () => {},
  });
  return { openSink, open: openUp, bytes: () => bytes };
};

describe.skipIf(without !== undefined)(titled('a task whose log is slow', without), () => {
  let base: Layer;
  beforeAll(async () => {
    base = await busybox();
  });
  afterEach(cleanUp);

  const plenty = (more = '') => sh(`head -c ${PLENTY} /dev/zero; ${more}`, { deadlines: { stopSeconds: 1 } });
  const isPaused = (machine: Machine): boolean => machine.containers()[0]?.status === 'paused';

  it('waits, and goes on once what it wrote is in its log, all of it', async () => {
    const log = gatedLog();
    const machine = new Machine({ openSink: log.openSink });
    const { ended } = await machine.start(planFor(base, plenty('exit 3')));
    await eventually(() => isPaused(machine));
    expect(await machine.executor.check(MAIN)).toBe(true);
    log.open();
    expect(await ended).toMatchObject({ exitCode: 3 });
    expect(log.bytes()).toBe(PLENTY);
  });

  it('is stopped even while it waits', async () => {
    const log = gatedLog();
    const machine = new Machine({ openSink: log.openSink });
    await machine.start(planFor(base, plenty('sleep 100')));
    await eventually(() => isPaused(machine));
    await machine.executor.stop(MAIN);
    expect(machine.containers()).toEqual([]);
    log.open();
  });

  it('goes on with the next runner where its own is gone', async () => {
    const machine = new Machine({ openSink: gatedLog().openSink });
    await machine.start(planFor(base, plenty()));
    await eventually(() => isPaused(machine));
    await machine.executor.close();
    const log = gatedLog();
    log.open();
    const next = new Machine({ directory: machine.directory, openSink: log.openSink });
    const [found] = await next.executor.find();
    expect(await found?.ended).toMatchObject({ exitCode: 0 });
    expect(log.bytes()).toBe(PLENTY);
  });
});
