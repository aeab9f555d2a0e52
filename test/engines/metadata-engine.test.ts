import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test, vi } from 'vitest';
import { freePort } from '../../infra/local/engines/free-port.ts';
import { startMetadataEngine } from '../../infra/local/engines/metadata-engine.ts';
import { freshDirectory } from './engine-setting.ts';

vi.mock('../../infra/local/engines/free-port.ts', { spy: true });

function start(name: 'dynoxide' | 'dynamodb-local') {
  const signal = new AbortController().signal;
  return startMetadataEngine({ name, directory: freshDirectory(), onProcess: () => {}, signal });
}

test.each(['dynoxide', 'dynamodb-local'] as const)(
  '%s takes another port where somebody was faster',
  async (name) => {
    const squatter = createServer((_, response) => response.end('not an engine'));
    await new Promise<void>((resolve) => squatter.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void squatter.close());
    const { port } = squatter.address() as AddressInfo;
    vi.mocked(freePort).mockResolvedValueOnce(port);

    const engine = await start(name);
    onTestFinished(() => engine.stop());
    expect(engine.url).not.toBe(`http://127.0.0.1:${port}`);
    expect((await fetch(engine.url)).headers.get('server')).toMatch(/Dynoxide|Jetty/);
  },
);

test('without Java, DynamoDB Local says that it is Java that is missing', async () => {
  vi.stubEnv('JAVA_HOME', freshDirectory());
  await expect(start('dynamodb-local')).rejects.toThrow('It needs Java 17 or newer');
});
