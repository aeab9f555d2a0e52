import { once } from 'node:events';
import { join } from 'node:path';
import { Taskport } from '../client/taskport.ts';
import { startDocker, withoutDocker } from '../test/docker/dockerd.ts';
import { type RunnerProcess, runsWhatIsBound, spawnRunner } from '../test/runner-process.ts';
import { TAKEOVER_BAR } from './bars.ts';
import { atMost, exactly, type Figure, median } from './figures.ts';
import { startProduct } from './product.ts';

const ROUNDS = 7;

/** Milliseconds from `from` until a runner runs bound tasks. */
const timed = async (from: number, runner: RunnerProcess): Promise<number> => {
  await runsWhatIsBound(runner);
  return performance.now() - from;
};

/**
 * Time from the kill of a runner until the engine's next runner has the lease and runs bound tasks, over the start of a runner in a location
 * without an engine. A runner does not wait for a lease that its own engine holds.
 */
export const measureTakeover = async (): Promise<Figure[]> => {
  const lack = withoutDocker();
  if (lack !== undefined) {
    console.error(`not measured: ${lack}`);
    return [];
  }
  const engine = await startDocker();
  const product = await startProduct();
  const { locations, runners } = new Taskport({ url: product.url });
  const [first, next]: [number[], number[]] = [[], []];
  const epochs: number[] = [];
  try {
    for (let round = 0; round < ROUNDS; round += 1) {
      const location = `boxes-${round}`;
      await locations.create({ name: location, kind: 'executor' });
      const start = (): RunnerProcess =>
        spawnRunner([], product.url, engine.host, location, '--state', join(product.directory, location));
      const former = start();
      first.push(await timed(performance.now(), former));
      const from = performance.now();
      former.child.kill('SIGKILL');
      await once(former.child, 'exit');
      const runner = start();
      next.push(await timed(from, runner));
      epochs.push((await runners.read(location)).epoch);
      await runner.stop();
    }
  } finally {
    await product.stop();
    await engine.stop();
  }
  const times = [first, next].map((each) => median(each)) as [number, number];
  console.error(`milliseconds: ${times.map((each) => each.toFixed(0)).join(' at first, and after a kill ')}`);
  return [
    atMost(
      'time from a killed runner to the next one running on its engine, over the start of a first one',
      times[1] / times[0],
      TAKEOVER_BAR,
    ),
    exactly('claims that the next runner needed', String(median(epochs) - 1), '1'),
  ];
};
