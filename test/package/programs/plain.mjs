/** Uses a Taskport in plain Node: creates, uploads, composes, and gets events. */
import { writeFileSync } from 'node:fs';
import { ProblemError, Taskport } from 'taskport/client';
import { consume } from 'taskport/events';
import * as z from 'zod/mini';

const taskport = new Taskport({ url: process.env.TASKPORT_URL });
const name = process.env.SUFFIX;
for (const kind of ['image', 'task', 'executor'])
  await taskport.locations.create({ name: `${kind}s-${name}`, kind });
const image = `image://images-${name}/root`;
const task = `task://tasks-${name}/hello`;
const executor = `executor://executors-${name}/one`;

// An empty archive: two blocks of zeros.
writeFileSync('empty.tar', Buffer.alloc(1024));
await taskport.data.upload({ id: image }, 'empty.tar');
await taskport.data.download(image, 'again.tar');
await taskport.elements.create({ id: task, spec: { process: { args: ['/bin/true'] } } });
await taskport.elements.create({ id: executor });
let { handle } = await taskport.compositions.open(executor);
({ handle } = await taskport.compositions.join(handle, { id: image, mount: { path: '/' } }));
({ handle } = await taskport.compositions.join(handle, { id: task }));
({ handle } = await taskport.compositions.bind(handle));
const { task: planned } = await taskport.compositions.plan(handle, 'oci');

const heard = [];
const consumer = consume(({ detailType, detail }) => void heard.push(`${detailType} ${detail.id}`));
for await (const { event } of taskport.events.watch({ id: task, signal: AbortSignal.timeout(30_000) })) {
  await consumer(event);
  await consumer(event);
  if (event['detail-type'] === 'Task Bound') break;
}

const refused = await taskport.elements
  .read(`${task}-not`)
  .catch((error) => error instanceof ProblemError && error.code);
// The package has its own messages, and leaves those of zod unchanged.
const [{ message }] = z.string().safeParse(1).error.issues;
console.log(JSON.stringify({ planned: planned.id, heard, refused, message }));
