/** A process that sends a container's output to the service, to be killed. */
import Dockerode from 'dockerode';
import { foundOf } from '../../cli/docker/carried-stream.ts';
import { carryOutput } from '../../cli/docker/output.ts';
import { openServiceSink } from '../../cli/logs/service-log.ts';
import { Taskport } from '../../client/taskport.ts';

const [socketPath = '', id = '', url = '', executorId = '', taskId = ''] = process.argv.slice(2);
const taskport = new Taskport({ url });
const open = (stream: 'stdout' | 'stderr') =>
  openServiceSink(taskport, { executorId, taskId, attempt: 1 }, stream, undefined);
const sinks = { stdout: await open('stdout'), stderr: await open('stderr') };
console.log('carries');
const docker = new Dockerode({ socketPath });
await carryOutput(docker, id, {
  found: foundOf(await docker.getContainer(id).inspect()),
  sinks,
  position: { read: async () => undefined, write: async () => {} },
  signal: new AbortController().signal,
});
