import { createServer, get } from 'node:http';
import { expect, onTestFinished, test, vi } from 'vitest';
import { hiddenAddress } from '../../infra/local/engines/hidden-address.ts';
import { startMetadataEngine } from '../../infra/local/engines/metadata-engine.ts';
import { freshDirectory } from './engine-setting.ts';

vi.mock('../../infra/local/engines/hidden-address.ts', { spy: true });

/** The server at an address, which `fetch` cannot reach. */
const serverAt = (url: string): Promise<unknown> =>
  new Promise((settle, fail) => {
    get(url, { agent: false }, (response) => settle(response.resume().headers.server)).once('error', fail);
  });

function start(name: 'dynoxide' | 'dynamodb-local') {
  const signal = new AbortController().signal;
  return startMetadataEngine({ name, directory: freshDirectory(), onProcess: () => {}, signal });
}

test.each(['dynoxide', 'dynamodb-local'] as const)(
  '%s takes another address if another process was faster',
  async (name) => {
    const squatter = createServer((_, response) => response.end('not an engine'));
    const taken = await hiddenAddress();
    await new Promise<void>((resolve) => squatter.listen(taken.port, taken.host, resolve));
    onTestFinished(() => void squatter.close());
    vi.mocked(hiddenAddress).mockResolvedValueOnce(taken);

    const engine = await start(name);
    onTestFinished(() => engine.stop());
    expect(engine.url).not.toBe(taken.url);
    expect(await serverAt(engine.url)).toMatch(/Dynoxide|Jetty/);
  },
);

test('without Java, DynamoDB Local reports that Java is missing', async () => {
  vi.stubEnv('JAVA_HOME', freshDirectory());
  await expect(start('dynamodb-local')).rejects.toThrow('It needs a JDK, 17 or newer');
});
