import { randomUUID } from 'node:crypto';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import Dockerode from 'dockerode';
import { afterAll, beforeAll, inject } from 'vitest';
import { foundOf } from '../../cli/docker/carried-stream.ts';
import { carryOutput, logConfig } from '../../cli/docker/output.ts';
import type { LogSink, StreamName } from '../../lib/execution/log-sink.ts';
import { archiveOf, busyboxTree } from '../busybox.ts';

const nowhere = { read: async () => undefined, write: async () => {} };

/** Starts containers that print on the engine of the run, and carries their output as a runner does. Removes them after the tests of a suite. */
export const usePrinting = () => {
  const socketPath = inject('dockerHost').replace(/^unix:\/\//, '');
  const docker = new Dockerode({ socketPath });
  const image = `localhost/busybox-${randomUUID()}:1`;
  const made: Dockerode.Container[] = [];

  beforeAll(async () => {
    const [repo, tag] = image.split(':') as [string, string];
    const archive = await archiveOf(busyboxTree());
    const imported = await docker.importImage(Readable.from([archive]) as never, { repo, tag });
    await buffer(imported as unknown as NodeJS.ReadableStream);
  });
  afterAll(async () => {
    await Promise.all(made.map((container) => container.remove({ force: true })));
  });

  const start = async (script: string, options: Dockerode.ContainerCreateOptions = {}) => {
    const container = await docker.createContainer({
      Image: image,
      Cmd: ['/bin/sh', '-c', script],
      HostConfig: { NetworkMode: 'none', LogConfig: logConfig },
      ...options,
    });
    made.push(container);
    await container.start();
    return container;
  };
  const carry = (
    container: Dockerode.Container,
    sinks: Partial<Record<StreamName, LogSink>>,
    signal = new AbortController().signal,
    client = docker,
  ) =>
    container
      .inspect()
      .then((found) =>
        carryOutput(client, container.id, { found: foundOf(found), sinks, position: nowhere, signal }),
      );

  return { docker, socketPath, made, start, carry };
};
