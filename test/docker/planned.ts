/** Runs a plan on an engine literally, with no more than a runner has to add. */
import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import Dockerode, { type Container, type ContainerInspectInfo } from 'dockerode';
import { expect, inject } from 'vitest';
import type { DockerPlan } from '../../lib/composition/plan/docker-schema.ts';
import { archiveOf, busyboxTree } from '../busybox.ts';
import { PATIENCE } from '../patience.ts';

const CHANGES = [
  'ENTRYPOINT ["/image"]',
  'CMD ["image"]',
  'ENV IMAGE=1 SAID=image',
  'USER 7:7',
  'WORKDIR /image',
  'STOPSIGNAL SIGUSR2',
  'HEALTHCHECK --interval=7s --timeout=3s --start-period=9s --retries=7 CMD ["/bin/check"]',
  'LABEL said=image',
];

/** Containers of plans on the test engine. */
export class Planned {
  readonly docker = new Dockerode({ socketPath: inject('dockerHost').replace('unix://', '') });
  readonly #made: Container[] = [];

  /** An image of busybox, with a config that differs from Taskport's defaults wherever possible. */
  async image(repo: string): Promise<void> {
    const tree = {
      ...busyboxTree(),
      'etc/passwd': 'root:x:0:0::/:/bin/sh\napp:x:1234:77::/:/bin/sh\n',
      'etc/group': 'root:x:0:\nstaff:x:77:\nmore:x:78:app\n',
    };
    const packed = new PassThrough().end(await archiveOf(tree));
    await text(await this.docker.importImage(packed, { repo: `${repo}-base` }));
    const Dockerfile = [`FROM ${repo}-base`, ...CHANGES].join('\n');
    const context = new PassThrough().end(await archiveOf({ Dockerfile }));
    await text(await this.docker.buildImage(context as never, { t: repo }));
  }

  async #create(body: object): Promise<Container> {
    const container = await this.docker.createContainer(body as never);
    this.#made.push(container);
    return container;
  }

  /** The group and its tasks, created and not started. */
  async create(
    { group, tasks }: DockerPlan,
    Image: string,
  ): Promise<{ group: Container; tasks: Container[] }> {
    const donor = await this.#create({ ...group, Image, Entrypoint: ['/bin/sleep', '1000'], User: '0' });
    const shared = `container:${donor.id}`;
    const made: Container[] = [];
    for (const { create } of tasks) {
      // A task without an init is process 1 itself.
      const PidMode = create.HostConfig.Init ? shared : '';
      const HostConfig = { ...create.HostConfig, NetworkMode: shared, IpcMode: shared, PidMode };
      made.push(await this.#create({ ...create, Image, HostConfig }));
    }
    return { group: donor, tasks: made };
  }

  async inspect(plan: DockerPlan, image: string): Promise<ContainerInspectInfo[]> {
    const { group, tasks } = await this.create(plan, image);
    const all = await Promise.all([group, ...tasks].map((one) => one.inspect()));
    await this.clear();
    return all;
  }

  /** The output of the first task, and its exit code. */
  async run(plan: DockerPlan, image: string): Promise<{ out: string; code: number }> {
    const [task] = await this.start(plan, image);
    return this.ended(task as Container, plan.tasks[0]?.create.Tty);
  }

  /** The tasks, started. */
  async start(plan: DockerPlan, image: string): Promise<Container[]> {
    const { group, tasks } = await this.create(plan, image);
    await group.start();
    for (const task of tasks) await task.start();
    return tasks;
  }

  /** The output of a task after its end, and its exit code. */
  async ended(task: Container, isTerminal = false): Promise<{ out: string; code: number }> {
    const { StatusCode: code } = await task.wait();
    const logs = (await task.logs({ stdout: true, stderr: true, follow: false })) as unknown as Buffer;
    return { out: isTerminal ? logs.toString() : said(logs), code };
  }

  /** Settles once a task has printed these words. */
  async hasSaid(task: Container, words: string): Promise<void> {
    const logs = async () => (await task.logs({ stdout: true, follow: false })).toString();
    await expect.poll(logs, PATIENCE).toContain(words);
  }

  /** Removes everything. */
  async clear(): Promise<void> {
    for (const container of this.#made.splice(0).toReversed())
      await container.remove({ force: true, v: true });
  }
}

/** Without the headers of its frames (Docker Engine API, ContainerAttach). */
const said = (logs: Buffer): string => {
  let out = '';
  for (let at = 0; at < logs.length; at += 8 + logs.readUInt32BE(at + 4))
    out += logs.toString('utf8', at + 8, at + 8 + logs.readUInt32BE(at + 4));
  return out;
};
