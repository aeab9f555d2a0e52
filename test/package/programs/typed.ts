/** Is never run: the compiler's result is the test. */
import {
  type Data,
  type ElementPatch,
  type NewElement,
  ProblemError,
  type SpecOf,
  Taskport,
  type TransferProgress,
} from 'taskport/client';
import { consume, type DetailType, type Memory, type Progress, type TaskportEvent } from 'taskport/events';

const taskport = new Taskport({
  url: 'http://127.0.0.1:8787',
  token: async () => 'token',
  patience: { attempts: 2 },
});
const id = 'task://jobs/build';

export const spec: SpecOf<'task'> = { process: { args: ['/bin/make'], env: [{ name: 'A', value: 'b' }] } };
export const patch: ElementPatch<typeof id> = { spec: { annotations: { a: null } } };

export const use = async (data: Data): Promise<string | undefined> => {
  await taskport.elements.create({
    id,
    spec: { process: { args: ['/bin/make'] }, restart: { attempts: null } },
  });
  // @ts-expect-error there is no such field
  await taskport.elements.create({ id, spec: { proces: { args: ['/bin/make'] } } });
  // @ts-expect-error a log does not run
  await taskport.elements.create({ id: 'log://logs/one', spec: { process: { args: ['/bin/make'] } } });
  await taskport.elements.create({
    id: 'log://logs/one',
    spec: { file: { path: '/var/log/one', maxFiles: 3 } },
  });
  const { spec: kept, composition } = await taskport.elements.read(id);
  const first: string | undefined = kept?.process?.args?.[0];
  const { spec: ofExecutor } = await taskport.elements.read('executor://boxes/one');
  const memory: number | undefined = ofExecutor?.resources?.memory?.limit;
  // The kind of an ID that is known only at run time is any.
  const some: NewElement = { id: `${String(composition)}`, spec };
  await taskport.elements.create(some);
  for await (const { kind, state } of taskport.elements.list({ kind: 'image', location: 'library' })) {
    const image: 'image' | 'task' | 'volume' | 'executor' | 'log' | undefined = kind;
    if (image && state === 'ready') continue;
  }
  await taskport.data.upload({ id: 'image://library/base' }, data, {
    onProgress: ({ phase, done }: TransferProgress) => console.log(phase, done, memory),
  });
  try {
    await taskport.locations.create({ name: 'library', kind: 'image' });
  } catch (error) {
    if (error instanceof ProblemError && error.code === 'name-collision') return undefined;
    // @ts-expect-error there is no such problem
    if (error instanceof ProblemError && error.code === 'name-colision') return undefined;
  }
  return first;
};

const known = new Map<string, Progress>();
const memory: Memory = {
  get: async (record) => known.get(record),
  set: async (record, progress) => void known.set(record, progress),
};
export const types: DetailType[] = ['Task Bound', 'Image Created'];
export const consumer = consume(
  ({ detailType, detail }: TaskportEvent, { isLate }) => {
    if (detailType === 'Task Exited' && !isLate) console.log(detail.exitCode, detail.composition.executorId);
    // @ts-expect-error an image that is created exits with nothing
    if (detailType === 'Image Created') console.log(detail.exitCode);
    // @ts-expect-error there is no such event
    if (detailType === 'Task Ended') console.log(detail.id);
  },
  { memory },
);
