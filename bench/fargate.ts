import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { DescribeTasksCommand } from '@aws-sdk/client-ecs';
import { createApp } from '../functions/api/app.ts';
import { Service as ServiceFromWithin } from '../functions/dispatch/service.ts';
import { Table } from '../lib/adapters/dynamodb/engine/table.ts';
import { LaunchTable } from '../lib/adapters/dynamodb/launch-table.ts';
import { Dispatcher } from '../lib/execution/dispatcher.ts';
import type { Launch } from '../lib/execution/launch.ts';
import { without } from '../test/cloud/ministack.ts';
import { startDocker, withoutDocker } from '../test/docker/dockerd.ts';
import { IMAGE, type Machine, openMachine } from '../test/fargate/machine.ts';
import { DISPATCH_BAR } from './bars.ts';
import { atMost, exactly, type Figure, median } from './figures.ts';
import { type Service, withService } from './service.ts';

const ROUNDS = 9;
const spec = {
  process: { args: ['/bin/true'] },
  resources: { memory: { limit: 512 * 2 ** 20 }, cpu: { quota: 25_000 } },
};

/** A call of the service as its one user, an administrator. */
const callOf = ({ dependencies }: Service) => {
  const app = createApp(
    { ...dependencies, engines: new Set(['fargate']), administrators: new Set(['local']) },
    { localPrincipal: 'local', log: () => {} },
  );
  return async (method: string, path: string, body: object) => {
    const headers = { 'content-type': 'application/json' };
    const response = await app.request(path, { method, headers, body: JSON.stringify(body) });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path} answered ${response.status}: ${text}`);
    return JSON.parse(text);
  };
};

/** The names of the commands that a client sends, in order. */
const listen = ({ client }: Machine): string[] => {
  const sent: string[] = [];
  client.middlewareStack.add(
    (next, { commandName = '' }) =>
      (args) => {
        sent.push(commandName.replace('Command', ''));
        return next(args);
      },
    { step: 'initialize', name: 'listen' },
  );
  return sent;
};

const measure = async (service: Service, machine: Machine): Promise<Figure[]> => {
  const call = callOf(service);
  const launches = new LaunchTable(new Table(service.dynamodb, service.table));
  const dispatcher = new Dispatcher({
    control: new ServiceFromWithin(service.dependencies),
    launcher: machine.launcher,
    launches,
    now: Date.now,
    newToken: randomUUID,
  });
  const [root, task, executorId] = ['image://images/busybox', 'task://jobs/once', 'executor://cloud/box'];
  for (const location of [
    { name: 'images', kind: 'image' },
    { name: 'jobs', kind: 'task' },
    { name: 'cloud', kind: 'executor', engine: 'fargate' },
  ])
    await call('POST', '/v1/locations', location);
  await call('POST', '/v1/elements', { id: root, metadata: { ro: { 'registry/image': IMAGE } } });
  for (const element of [{ id: executorId }, { id: task, spec }]) await call('POST', '/v1/elements', element);
  const members = [{ id: root, mount: { path: '/' } }, { id: task }];
  let { handle } = await call('POST', '/v1/compositions', { executorId, members, bind: true });
  const step = async (verb: string) => {
    ({ handle } = await call('POST', `/v1/compositions/${handle}/${verb}`, { id: task }));
  };

  const sent = listen(machine);
  const launch = async (): Promise<Launch> => (await launches.get(executorId))?.launch as Launch;
  const [dispatched, bare]: [number[], number[]] = [[], []];
  const runs: string[][] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    sent.length = 0;
    const from = performance.now();
    await dispatcher.look(executorId);
    dispatched.push(performance.now() - from);
    const { engineTask = '' } = await launch();
    // The states in the events of ECS: it runs, and it has ended.
    const looked = [...sent];
    await stopped(machine, engineTask);
    sent.length = 0;
    await dispatcher.look(executorId);
    runs.push([...looked, ...sent]);
    await step('unbind');
    await step('bind');

    const again = { ...(await launch()), token: randomUUID() };
    const bareFrom = performance.now();
    const answer = await machine.launcher.run(again);
    const other = 'engineTask' in answer ? answer.engineTask : '';
    await machine.launcher.look(other, again.tasks);
    bare.push(performance.now() - bareFrom);
    await stopped(machine, other);
  }
  const times = [median(dispatched.slice(1)), median(bare.slice(1))] as [number, number];
  console.error(`milliseconds: dispatched ${times.map((each) => each.toFixed(1)).join(', bare ')}`);
  const [first = [], ...others] = runs;
  return [
    exactly(
      'calls of ECS of a first run on Fargate',
      first.join(', '),
      'DescribeTaskDefinition, RegisterTaskDefinition, RunTask, DescribeTasks, DescribeTasks',
    ),
    exactly(
      'calls of ECS of a run that was run before',
      [...new Set(others.map((each) => each.join(', ')))].join(' or '),
      'RunTask, DescribeTasks, DescribeTasks',
    ),
    atMost('time to have ECS run what is bound, over its bare calls', times[0] / times[1], DISPATCH_BAR),
  ];
};

const stopped = async ({ client }: Machine, engineTask: string): Promise<void> => {
  for (;;) {
    const asked = new DescribeTasksCommand({ cluster: 'tasks', tasks: [engineTask] });
    const [task] = (await client.send(asked)).tasks ?? [];
    if (task?.lastStatus === 'STOPPED') return;
    await sleep(50);
  }
};

/** Calls to ECS for a run, and the overhead of the dispatcher: the real service, with MiniStack for ECS and real containers. */
export const measureFargate = async (): Promise<Figure[]> => {
  const lack = withoutDocker() ?? without('ministack');
  if (lack !== undefined) {
    console.error(`not measured: ${lack}`);
    return [];
  }
  const engine = await startDocker();
  try {
    const machine = await openMachine(engine.host);
    try {
      return await withService('dynoxide', (service) => measure(service, machine));
    } finally {
      await machine.close();
    }
  } finally {
    await engine.stop();
  }
};
