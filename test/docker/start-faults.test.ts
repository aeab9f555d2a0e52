/** The fate of a task that an engine cannot start as requested. */
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, inject, it } from 'vitest';
import type { DockerEngine } from '../../cli/docker/docker-engine.ts';
import { labelNames } from '../../cli/docker/labels.ts';
import { reachEngine } from '../../cli/docker/reach-engine.ts';
import type { PlanInput } from '../../lib/composition/plan/plan-input.ts';
import type { TaskSpec } from '../../lib/element/task-spec.ts';
import type { Attempt } from '../../lib/execution/attempt.ts';
import { LaunchError } from '../../lib/execution/engine.ts';
import { titled } from '../bundle.ts';
import { DockerBench, sh } from './bench.ts';
import { withoutDocker } from './dockerd.ts';
import { EngineProxy } from './engine-proxy.ts';

const without = withoutDocker();
/** The start of a program for another machine: ELF, 64 bits, for S/390. */
const FOREIGN = Buffer.from('7f454c4602020100000000000000000000020016', 'hex');

describe.skipIf(without)(titled('a task that cannot start as requested', without), () => {
  let bench: DockerBench;
  let engine: DockerEngine;
  beforeAll(async () => {
    bench = await DockerBench.open(inject('dockerHost'), { 'bin/foreign': FOREIGN, 'bin/text': 'exit 0\n' });
    engine = bench.engine();
  });
  afterEach(async () => expect(await bench.left()).toEqual([]));
  afterAll(async () => {
    await engine.close();
    await bench.close();
  });

  const run = async (spec: TaskSpec, parts: Partial<PlanInput> = {}) => {
    const { container, attempts } = bench.composed([spec], parts);
    const [attempt] = attempts as [Attempt];
    const { ended } = await engine.start(attempt, container, bench.options());
    const { at: _, ...end } = await ended;
    await engine.forget(attempt);
    return { end, lines: [...bench.lines(attempt), ...bench.lines(attempt, 'stderr')] };
  };

  // An engine that has started the process knows no more than the task's output.
  it.each(['/bin/foreign', '/bin/text'])('says what the kernel says of %s', async (program) => {
    const words = await run({ process: { args: [program] } }).then(
      ({ end, lines }) => {
        expect(end).toMatchObject({ exitCode: expect.any(Number) });
        expect(end).not.toMatchObject({ exitCode: 0 });
        return lines.join('\n');
      },
      (error) => {
        expect(error).toBeInstanceOf(LaunchError);
        return error.message;
      },
    );
    expect(words).toContain('exec format error');
  });

  it('is on the engine’s network that its executor names, or on none', async () => {
    const Name = `taskport-${process.pid}`;
    const [subnet, on] = [`10.62.${process.pid % 256}`, { network: { mode: Name } }];
    const { docker } = bench.reached;
    const executor = { id: `executor://${bench.scope.location}/named`, spec: on };
    const addresses = sh('ip -4 addr show eth0');
    await expect(run(addresses, { executor })).rejects.toThrow(Name);
    const network = await docker.createNetwork({ Name, IPAM: { Config: [{ Subnet: `${subnet}.0/28` }] } });
    try {
      expect((await run(addresses, { executor })).lines.join()).toContain(`${subnet}.`);
      expect((await run(addresses)).lines.join()).not.toContain(`${subnet}.`);
    } finally {
      await network.remove();
    }
  });

  it('runs although somebody removes its image from the engine just before its container is created', async () => {
    const { docker } = bench.reached;
    const socket = join(bench.directory, 'proxy.sock');
    const proxy = await EngineProxy.start(inject('dockerHost').replace('unix://', ''), socket);
    const scope = { ...bench.scope, location: 'without-image' };
    const through = bench.engine({ scope, engine: await reachEngine(`unix://${socket}`, {}) });
    const isOwn = (name: string): boolean => name.startsWith(bench.service.url.replace('http://', ''));
    let creates = 0;
    let removed: boolean | undefined;
    proxy.fate = (call) => {
      if (!call.endsWith('/containers/create')) return 'pass';
      creates += 1;
      // The first create is for its group. The call is repeated without an answer.
      if (creates === 1 || removed) return 'pass';
      if (removed === undefined) {
        removed = false;
        void docker
          .listImages()
          .then((images) =>
            images.filter(({ RepoTags, RepoDigests }) =>
              [RepoTags ?? [], RepoDigests ?? []].flat().some(isOwn),
            ),
          )
          .then((images) => Promise.all(images.map(({ Id }) => docker.getImage(Id).remove({ force: true }))))
          .then((images) => {
            removed = images.length > 0;
          });
      }
      return 'drop';
    };
    const { container, attempts } = bench.composed([sh('echo ran')]);
    const [attempt] = attempts as [Attempt];
    const { ended } = await through.start(attempt, container, bench.options());
    expect(await ended).toMatchObject({ exitCode: 0 });
    expect(removed).toBe(true);
    await through.forget(attempt);
    await through.close();
    await proxy.stop();
  });

  it.each(['is refused', 'is aborted'])('closes its logs if it %s after they were opened', async (how) => {
    const aborted = new AbortController();
    const done: string[] = [];
    const scope = { ...bench.scope, location: 'logged' };
    const logged = bench.engine({
      scope,
      openSink: async (_, __, stream) => {
        done.push(`open ${stream}`);
        if (how === 'is aborted') aborted.abort();
        return {
          uri: 'memory:',
          write: async () => {},
          close: async () => void done.push(`close ${stream}`),
        };
      },
    });
    const { container, attempts } = bench.composed([
      sh('true', { process: { user: { username: 'nobody-of-this-name' } } }),
    ]);
    const starting = logged.start(
      attempts[0] as Attempt,
      container,
      bench.options({ abort: aborted.signal }),
    );
    await expect(starting).rejects.toBeInstanceOf(LaunchError);
    expect(done.toSorted()).toEqual(['close stderr', 'close stdout', 'open stderr', 'open stdout']);
    expect(await bench.left(scope)).toEqual([]);
    await logged.close();
  });

  it.each(['task', 'group'])(
    'whose %s somebody removes meanwhile leaves nothing, and reports it',
    async (kind) => {
      const { docker } = bench.reached;
      const events = (await docker.getEvents({
        filters: { event: ['create'], label: [`${labelNames.service}=${bench.service.url}`] },
      })) as NodeJS.ReadableStream & { destroy(): void };
      events.on('data', (chunk) => {
        const { Actor } = JSON.parse(String(chunk).split('\n', 1)[0] ?? '');
        if (Actor.Attributes[labelNames.kind] === kind)
          docker
            .getContainer(Actor.ID)
            .remove({ force: true })
            .catch(() => {});
      });
      // If it runs by then, it ends in this way.
      const told = await run(sh('sleep 1000')).then(
        ({ end }) => JSON.stringify(end),
        (error) => error.message,
      );
      expect(told).toMatch(
        /no such container|marked for removal|non running container|"lost"|"KILL"|"exitCode":137/i,
      );
      events.destroy();
    },
  );
});
