/** Logs of AWS that cannot be opened. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, it, onTestFinished, vi } from 'vitest';
import { LogStreams } from '../../../lib/adapters/cloudwatch/log-streams.ts';
import { LogObjects } from '../../../lib/adapters/s3/log-objects.ts';
import type { Log } from '../../../lib/composition/plan/sink.ts';
import { PATIENCE } from '../../patience.ts';

afterEach(() => vi.unstubAllEnvs());

const attempt = { executorId: 'executor://boxes/one', taskId: 'task://jobs/one', attempt: 1 };

/** A service of AWS that refuses everything and keeps connections open; the number of its connections. */
const refusing = async () => {
  const server = createServer((_, answer) => void answer.writeHead(403).end());
  server.keepAliveTimeout = 0;
  let connections = 0;
  server.on('connection', (socket) => {
    connections += 1;
    socket.on('close', () => (connections -= 1));
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, count: () => connections };
};

it.each([
  ['S3', new LogObjects().open, { s3: { bucket: 'logs' } }],
  ['CloudWatch', new LogStreams().open, { cloudwatch: { group: 'logs' } }],
])('leave no connection to %s', async (_, open, spec) => {
  const { url, count } = await refusing();
  for (const service of ['S3', 'CLOUDWATCH_LOGS']) vi.stubEnv(`AWS_ENDPOINT_URL_${service}`, url);
  for (const name of ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', 'AWS_REGION']) vi.stubEnv(name, 'local');
  const log: Log = { id: 'log://logs/one', spec };
  await expect(open(log, attempt, 'stdout')).rejects.toMatchObject({ $metadata: { httpStatusCode: 403 } });
  await vi.waitFor(() => expect(count()).toBe(0), PATIENCE);
});
