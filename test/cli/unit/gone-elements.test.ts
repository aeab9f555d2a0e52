/** Which volumes and writes of executors a runner drops from a machine, depending on the answers of the service. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, it, onTestFinished } from 'vitest';
import { dropGone } from '../../../cli/runner/gone-elements.ts';
import { Taskport } from '../../../client/taskport.ts';

/** A service that answers for each element its creation time, or a problem. */
const service = async (elements: Readonly<Record<string, string | [number, string]>>): Promise<Taskport> => {
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? '', 'http://127.0.0.1');
    const said = elements[pathname.split('/').at(-1) ?? ''] ?? [404, 'not-found'];
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

it('a runner drops the data of deleted volumes and executors, and nothing else', async () => {
  const [then, now] = ['2030-01-31T12:00:00.000Z', '2030-02-01T12:00:00.000Z'];
  const taskport = await service({
    here: then,
    anew: now,
    both: now,
    hidden: [403, 'permission-denied'],
    elsewhere: [404, 'unknown-location'],
    used: [404, 'not-found'],
  });
  const dropped: string[] = [];
  const remainsOf = (id: string, instance?: string) => ({
    id,
    ...(instance === undefined ? {} : { instance }),
    drop: async () => {
      if (id.endsWith('used')) return false;
      dropped.push(id);
      return true;
    },
  });
  const names = ['here', 'gone', 'anew', 'both', 'hidden', 'elsewhere', 'used'];
  const remains = [
    ...names.map((name) => remainsOf(`volume://data/${name}`, then)),
    remainsOf('volume://data/both', now),
    ...names.map((name) => remainsOf(`executor://boxes/${name}`)),
  ];
  const notes: string[] = [];
  const storage = { remains: async () => remains };
  await dropGone(taskport, storage, (note) => notes.push(note), new AbortController().signal);
  // A caller deleted the first of two volumes of one name, and not the second.
  expect(dropped.sort()).toEqual([
    ...['elsewhere', 'gone'].map((name) => `executor://boxes/${name}`),
    ...['anew', 'both', 'elsewhere', 'gone'].map((name) => `volume://data/${name}`),
  ]);
  expect(notes.filter((note) => note.startsWith('cannot')).length).toBe(4);
  expect(notes).toContain('discards the writes by executor://boxes/gone, which no longer exists');
});
