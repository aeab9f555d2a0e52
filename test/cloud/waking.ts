/** Calls the dispatching function, instead of the schedule and the ECS events that the cloud lacks. */
import { once } from 'node:events';
import { request } from 'node:https';
import { text } from 'node:stream/consumers';
import { Hash } from '@smithy/core/serde';
import { SignatureV4 } from '@smithy/signature-v4';
import type { Cloud } from './cloud.ts';
import { settingsOf } from './stacks.ts';

/** Calls a function and waits for its answer. Throws its error. */
const invoke = async (cloud: Cloud, functionName: string, event: object): Promise<unknown> => {
  const { endpoint, region, credentials, requestHandler } = settingsOf(cloud);
  const { hostname, host, port } = new URL(endpoint);
  const signer = new SignatureV4({
    service: 'lambda',
    region,
    credentials,
    sha256: Hash.bind(undefined, 'sha256'),
  });
  const body = JSON.stringify(event);
  const { method, path, headers } = await signer.sign({
    method: 'POST',
    protocol: 'https:',
    hostname,
    port: Number(port),
    path: `/2015-03-31/functions/${functionName}/invocations`,
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

/** The scheduled call of EventBridge, every ten minutes. */
export const strike = (cloud: Cloud, functionName: string): Promise<unknown> =>
  invoke(cloud, functionName, { source: 'aws.events', 'detail-type': 'Scheduled Event', detail: {} });

/**
 * The call of EventBridge after an ECS event on a task, whose detail is the answer of `DescribeTasks` (developer guide). Only ECS may put such an
 * event.
 */
export const tellOf = (cloud: Cloud, functionName: string, detail: object): Promise<unknown> =>
  invoke(cloud, functionName, { source: 'aws.ecs', 'detail-type': 'ECS Task State Change', detail });
