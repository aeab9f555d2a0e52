import { measureColdStart } from './cold-start.ts';
import { measureCommandLine } from './command-line.ts';
import { measureConsole } from './console.ts';
import { measureEventLog } from './event-log.ts';
import { measureFargate } from './fargate.ts';
import { type Figure, toTable } from './figures.ts';
import { measureFirstAnswer } from './first-answer.ts';
import { measureFirstLine } from './first-line.ts';
import { measureJoins } from './joins.ts';
import { measureLatency } from './latency.ts';
import { measureOutput } from './output.ts';
import { measureOverhead } from './overhead.ts';
import { measurePages } from './page-capacity.ts';
import { measureRegistry } from './registry.ts';
import { measureRoundTrips } from './round-trips.ts';
import { measureRun } from './run.ts';
import { measureSaving } from './saving.ts';
import { measureThrottledJoins } from './scale/throttled-joins.ts';
import { measureSessions } from './sessions.ts';
import { measureStart } from './start.ts';
import { measureTakeover } from './takeover.ts';
import { measureThroughput } from './throughput.ts';
import { measureTransfers } from './transfers.ts';

const sections: Readonly<Record<string, () => Promise<Figure[]>>> = {
  'round-trips': measureRoundTrips,
  'page-capacity': measurePages,
  'event-log': measureEventLog,
  joins: measureJoins,
  overhead: measureOverhead,
  'cold-start': measureColdStart,
  throughput: measureThroughput,
  throttled: measureThrottledJoins,
  transfers: measureTransfers,
  registry: measureRegistry,
  latency: measureLatency,
  'first-line': measureFirstLine,
  run: measureRun,
  takeover: measureTakeover,
  saving: measureSaving,
  fargate: measureFargate,
  output: measureOutput,
  sessions: measureSessions,
  'first-answer': measureFirstAnswer,
  start: measureStart,
  'command-line': measureCommandLine,
  console: measureConsole,
};

const asked = process.argv.slice(2);
const unknown = asked.filter((name) => !Object.hasOwn(sections, name));
if (unknown.length > 0) {
  console.error(`no section ${unknown.join(', ')}; there are ${Object.keys(sections).join(', ')}`);
  process.exit(2);
}

const figures: Figure[] = [];
for (const [name, measure] of Object.entries(sections)) {
  if (asked.length > 0 && !asked.includes(name)) continue;
  console.error(`measuring ${name} …`);
  figures.push(...(await measure()));
}
console.log(toTable(figures));
const missed = figures.filter(({ ok }) => !ok).length;
if (missed > 0) console.error(`${missed} of ${figures.length} figures miss their bar`);
process.exit(missed > 0 ? 1 : 0);
