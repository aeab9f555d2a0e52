/** A task waits while nobody takes its output. */
import { randomUUID } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import Dockerode from 'dockerode';
import { describe, expect, it, vi } from 'vitest';
import type { LogSink } from '../../lib/execution/log-sink.ts';
import { titled } from '../bundle.ts';
import { PATIENCE } from '../patience.ts';
import { withoutDocker } from './dockerd.ts';
import { HeldWay } from './held-way.ts';
import { usePrinting } from './printing.ts';

const without = withoutDocker();

describe.skipIf(without)(titled('the output of a container', without), () => {
  const { docker, socketPath, start, carry } = usePrinting();

  /** What a container's own streams say, and a way to let it continue. */
  const attached = async (container: Dockerode.Container) => {
    const options = { stream: true, stdin: true, stderr: true, hijack: true } as const;
    const stream = await container.attach(options);
    let said = '';
    stream.on('data', (bytes: Buffer) => {
      said += bytes.toString('latin1');
    });
    return { said: () => said, goOn: () => void stream.write('\n') };
  };

  it('waits with its task for a slow log, and loses nothing', async () => {
    // Slow enough for a busy machine to notice.
    const much = "head -c 999000 /dev/zero | tr '\\0' x | fold -w 999; echo; n=$((n + 1)); sleep 0.05";
    const told = 'exec 3<&0; (read _ <&3; : > /told) &';
    const container = await start(`${told} while [ ! -e /told ]; do ${much}; done; echo $n`, {
      OpenStdin: true,
    });
    const { goOn } = await attached(container);
    let letGo = (): void => {};
    const gate = new Promise<void>((settle) => {
      letGo = settle;
    });
    let lines = 0;
    let last = '';
    const sink: LogSink = {
      uri: 'file:///nowhere',
      write: async (given) => {
        await gate;
        lines += given.length;
        last = given.at(-1)?.text ?? '';
      },
      close: async () => {},
    };
    const carrying = carry(container, { stdout: sink });
    await vi.waitFor(async () => expect((await container.inspect()).State.Paused).toBe(true), PATIENCE);
    goOn();
    letGo();
    await carrying;
    expect((await container.inspect()).State).toMatchObject({ Running: false, ExitCode: 0 });
    // The backlog that is allowed is larger than this.
    expect(Number(last)).toBeGreaterThan(60);
    expect(lines).toBe(Number(last) * 1_000 + 1);
  });

  it('waits with its task for a slow runner, and loses nothing', async () => {
    const [steps, count] = [3, 12_000];
    // Before each step, which is more than the runner reads before it looks how late it is, and before its end the task waits to be told.
    const print = `BEGIN { s = sprintf("%990s", "x"); for (i = 1; i <= ${count}; i++) print k * ${count} + i, s }`;
    const step = `read _; awk -v k=$k '${print}'; echo "wrote $k." >&2`;
    const container = await start(`for k in $(seq 0 ${steps - 1}); do ${step}; done; read _`, {
      OpenStdin: true,
      HostConfig: {
        NetworkMode: 'none',
        // Less than the task writes, and a file is more than a step.
        LogConfig: { Type: 'local', Config: { 'max-size': '14m', 'max-file': '2', compress: 'false' } },
      },
    });
    const { said, goOn } = await attached(container);
    const way = await HeldWay.open(socketPath, join(tmpdir(), `held-${randomUUID()}.sock`));
    const odd: [number, number][] = [];
    let last = 0;
    const sink: LogSink = {
      uri: 'file:///nowhere',
      write: async (given) => {
        for (const number of given.map(({ text }) => Number.parseInt(text, 10))) {
          if (number !== last + 1) odd.push([last, number]);
          last = number;
        }
      },
      close: async () => {},
    };
    let pauses = 0;
    const events = await docker.getEvents({ filters: { container: [container.id], event: ['pause'] } });
    events.on('data', () => {
      pauses += 1;
    });
    const carrying = carry(container, { stdout: sink }, undefined, new Dockerode({ socketPath: way.path }));
    for (let k = 0; k < steps; k += 1) {
      way.hold();
      goOn();
      await vi.waitFor(() => expect(said()).toContain(`wrote ${k}.`), PATIENCE);
      // Output that is older than a second is late.
      await sleep(1_500);
      const before = pauses;
      way.release();
      await vi.waitFor(() => expect(pauses).toBeGreaterThan(before), PATIENCE);
      await vi.waitFor(() => expect(last).toBe((k + 1) * count), PATIENCE);
    }
    goOn();
    await carrying;
    await way.close();
    (events as NodeJS.ReadableStream & { destroy(): void }).destroy();
    expect((await container.inspect()).State).toMatchObject({ Running: false, ExitCode: 0 });
    // An engine that repeats the one line of a new file looks the same as one with two equal lines.
    expect(odd.filter(([one, other]) => one !== other)).toEqual([]);
    expect(odd.length).toBeLessThan(4);
  });
});
