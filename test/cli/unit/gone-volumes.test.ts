/** The fate of volumes on a machine, by the answers of the service about them. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, it, onTestFinished } from 'vitest';
import { releaseGoneVolumes } from '../../../cli/runner/gone-volumes.ts';
import { Taskport } from '../../../client/taskport.ts';

/** A service that answers for each volume its creation time, or a problem. */
const service = async (volumes: Readonly<Record<string, string | [number, string]>>): Promise<Taskport> => {
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? '', 'http://127.0.0.1');
    const said = volumes[pathname.split('/').at(-1) ?? ''] ?? [404, 'not-found'];
    const [status, code] = typeof said === 'string' ? [200, ''] : said;
    const problem = { type: 'about:blank', title: 'no', status, code };
    const id = `volume://data/${pathname.split('/').at(-1)}`;
    response.writeHead(status, {
      'content-type': status === 200 ? 'application/json' : 'application/problem+json',
    });
    response.end(JSON.stringify(status === 200 ? { id, createdAt: said } : problem));
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  onTestFinished(() => void server.close());
  return new Taskport({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` });
};

it('data of deleted volumes is removed, and no other', async () => {
  const [then, now] = ['2030-01-31T12:00:00.000Z', '2030-02-01T12:00:00.000Z'];
  const taskport = await service({
    here: then,
    anew: now,
    both: now,
    hidden: [403, 'permission-denied'],
    elsewhere: [404, 'unknown-location'],
    used: [404, 'not-found'],
  });
  const kept = ['here', 'gone', 'anew', 'both', 'hidden', 'elsewhere', 'used'].map((name) => ({
    id: `volume://data/${name}`,
    instance: then,
  }));
  const dropped: string[] = [];
  const notes: string[] = [];
  const storage = {
    volumes: async () => [...kept, { id: 'volume://data/both', instance: now }],
    releaseVolume: async (id: string) => {
      if (id.endsWith('used')) throw new Error('a task that runs uses it');
      dropped.push(id);
    },
  };
  await releaseGoneVolumes(taskport, storage, (note) => notes.push(note), new AbortController().signal);
  expect(dropped.sort()).toEqual(['anew', 'elsewhere', 'gone'].map((name) => `volume://data/${name}`));
  expect(notes.filter((note) => note.startsWith('cannot')).length).toBe(2);
});
