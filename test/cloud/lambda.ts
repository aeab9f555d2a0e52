/** The Lambda of a cloud, called as its API says. */
import { once } from 'node:events';
import { request } from 'node:https';
import { text } from 'node:stream/consumers';
import { Hash } from '@smithy/core/serde';
import { SignatureV4 } from '@smithy/signature-v4';
import type { Cloud } from './cloud.ts';
import { settingsOf } from './stacks.ts';

const call = async (cloud: Cloud, method: string, below: string, event?: object): Promise<unknown> => {
  const { endpoint, region, credentials, requestHandler } = settingsOf(cloud);
  const { hostname, host, port } = new URL(endpoint);
  const signer = new SignatureV4({
    service: 'lambda',
    region,
    credentials,
    sha256: Hash.bind(undefined, 'sha256'),
  });
  const body = event && JSON.stringify(event);
  const { path, headers } = await signer.sign({
    method,
    protocol: 'https:',
    hostname,
    port: Number(port),
    path: `/2015-03-31/functions/${below}`,
    headers: { host },
    body,
  });
  const asked = request({ hostname, port, method, path, headers, agent: requestHandler.httpsAgent });
  asked.end(body);
  const [answer] = await once(asked, 'response');
  const said = await text(answer);
  if (answer.statusCode !== 200 || answer.headers['x-amz-function-error']) throw new Error(said);
  return JSON.parse(said);
};

/** Calls a function and waits for its answer. Throws what it failed with. */
export const invoke = (cloud: Cloud, functionName: string, event: object): Promise<unknown> =>
  call(cloud, 'POST', `${functionName}/invocations`, event);

/** How a function is run. */
export interface Configuration {
  readonly Runtime: string;
  readonly Handler: string;
  readonly MemorySize: number;
  readonly Environment: { readonly Variables: Readonly<Record<string, string>> };
}

export const configurationOf = async (cloud: Cloud, functionName: string): Promise<Configuration> =>
  (await call(cloud, 'GET', `${functionName}/configuration`)) as Configuration;
