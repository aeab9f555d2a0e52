/** `npm run soak -- --operations 10000 --changes 100000 --minutes 15 --kills 100 --seed 1`: tests guarantees, and prints the results. */
import { parseArgs } from 'node:util';
import { startEngines } from '../../infra/local/engines/engines.ts';
import build from '../build-setup.ts';
import { bundleHost } from '../host-bundle.ts';
import { withoutMachines } from '../two-machines/machine.ts';
import { runConcurrently } from './concurrency.ts';
import { runCounter } from './counter.ts';
import { runEvents } from './events.ts';
import {
  type Guarantee,
  guaranteeOfCounter,
  guaranteesOfConcurrency,
  guaranteesOfEvents,
} from './guarantees.ts';

const { values } = parseArgs({
  options: {
    operations: { type: 'string', default: '10000' },
    changes: { type: 'string', default: '100000' },
    minutes: { type: 'string', default: '15' },
    kills: { type: 'string', default: '100' },
    seed: { type: 'string', default: String(Math.floor(Math.random() * 2 ** 31)) },
  },
});
const [operations, changes, minutes, kills, seed] = [
  values.operations,
  values.changes,
  values.minutes,
  values.kills,
  values.seed,
].map(Number) as [number, number, number, number, number];

const MAX_SHOWN = 20;

/** Each half has its share of the time, and finishes its last round. */
const half = (minutes * 60_000) / 2;
const guarantees: Guarantee[] = [];
await bundleHost();
const engines = await startEngines({ bucket: 'soak' });
const { dynamodbUrl } = engines;
const startedAt = Date.now();
try {
  console.error(`seed ${seed}: ${operations} operations …`);
  if (operations > 0) {
    const options = { dynamodbUrl, operations, seed, until: Date.now() + half };
    guarantees.push(...guaranteesOfConcurrency(await runConcurrently(options)));
  }
  console.error(`${changes} changes …`);
  if (changes > 0) {
    const options = { dynamodbUrl, changes, seed, until: startedAt + 2 * half };
    guarantees.push(...guaranteesOfEvents(await runEvents(options)));
  }
} finally {
  await engines.stop();
}
const lack = withoutMachines();
if (kills > 0 && lack !== undefined) console.error(`nothing is killed that runs tasks: ${lack}`);
else if (kills > 0) {
  console.error(`${kills} kills of runners and the service …`);
  await build();
  guarantees.push(guaranteeOfCounter(await runCounter({ kills, seed })));
}

for (const { promise, figures, violations } of guarantees) {
  console.log(`${violations.length === 0 ? 'kept  ' : 'BROKEN'}  ${promise}\n        ${figures}`);
  for (const violation of violations.slice(0, MAX_SHOWN)) console.log(`        ${violation}`);
}
console.log(`        seed ${seed}, ${Math.round((Date.now() - startedAt) / 1000)} s`);
process.exit(guarantees.every(({ violations }) => violations.length === 0) ? 0 : 1);
