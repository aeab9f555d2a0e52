/** Secrets Manager and SSM's Parameter Store for tests: MiniStack if it is installed, and a stand-in. */
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import { startMiniStack } from '../../../cloud/ministack.ts';

export interface SecretStore {
  readonly url: string;
  stop(): Promise<void>;
}

interface Version {
  readonly VersionId: string;
  readonly stages: string[];
  readonly SecretString?: string;
  readonly SecretBinary?: string;
}

type Asked = Readonly<Record<string, string>>;

class Refusal extends Error {}

/**
 * The calls that the tests make, with signed requests; a secret and a parameter are in the region of the signature. With `refusal`, every call
 * gets that answer instead.
 */
export const startStandIn = async (): Promise<SecretStore & { refusal: string | undefined }> => {
  const secrets = new Map<string, Version[]>();
  const parameters = new Map<string, string>();
  const arnOf = (region: string, name = ''): string =>
    name.startsWith('arn:') ? name : `arn:aws:secretsmanager:${region}:000000000000:secret:${name}-AbCdEf`;
  const parameterOf = (name = ''): string => name.replace(/^arn:.*:parameter(?=\/)/, '');
  const put = (region: string, { SecretId, Name, ClientRequestToken = '', ...value }: Asked) => {
    const ARN = arnOf(region, SecretId ?? Name);
    const [former, ...elder] = secrets.get(ARN) ?? [];
    const kept = former ? [{ ...former, stages: ['AWSPREVIOUS'] }] : [];
    const cleared = elder.map((version) => ({ ...version, stages: [] }));
    secrets.set(ARN, [
      { VersionId: ClientRequestToken, stages: ['AWSCURRENT'], ...value },
      ...kept,
      ...cleared,
    ]);
    return { ARN, VersionId: ClientRequestToken };
  };
  const calls: Readonly<Record<string, (region: string, asked: Asked) => object>> = {
    'secretsmanager.CreateSecret': put,
    'secretsmanager.PutSecretValue': put,
    'secretsmanager.GetSecretValue': (_, { SecretId = '', VersionStage, VersionId }) => {
      const stage = VersionStage ?? (VersionId === undefined ? 'AWSCURRENT' : undefined);
      const found = secrets
        .get(SecretId)
        ?.find(
          (version) =>
            (stage === undefined || version.stages.includes(stage)) &&
            (VersionId === undefined || version.VersionId === VersionId),
        );
      if (!found) throw new Refusal('ResourceNotFoundException');
      const { stages, ...value } = found;
      return { ARN: SecretId, VersionStages: stages, ...value };
    },
    'AmazonSSM.PutParameter': (region, { Name = '', Value = '' }) => {
      parameters.set(`${region} ${Name}`, Value);
      return { Version: 1 };
    },
    'AmazonSSM.GetParameter': (region, { Name = '', WithDecryption }) => {
      const Value = parameters.get(`${region} ${parameterOf(Name)}`);
      if (Value === undefined) throw new Refusal('ParameterNotFound');
      return { Parameter: { Name, Type: 'SecureString', Value: WithDecryption ? Value : 'a cipher' } };
    },
  };
  const answer = async (request: IncomingMessage): Promise<object> => {
    const asked = (await json(request)) as Asked;
    const target = String(request.headers['x-amz-target']);
    const [, region = '', service] =
      /Credential=[^/]+\/\d{8}\/([a-z0-9-]+)\/([a-z]+)\/aws4_request,/.exec(
        request.headers.authorization ?? '',
      ) ?? [];
    if (service !== (target.startsWith('AmazonSSM') ? 'ssm' : 'secretsmanager'))
      throw new Refusal('MissingAuthenticationTokenException');
    if (store.refusal !== undefined) throw new Refusal(store.refusal);
    const call = calls[target];
    if (!call) throw new Refusal('UnknownOperationException');
    return call(region, asked);
  };
  const server = createServer((request, response) => {
    const send = (status: number, body: object): void => {
      response.writeHead(status, { 'content-type': 'application/x-amz-json-1.1' });
      response.end(JSON.stringify(body));
    };
    answer(request).then(
      (body) => send(200, body),
      ({ message }: Error) =>
        send(400, { __type: message, message: `arn:aws:iam::1:role/runner: ${message}` }),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const store = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    refusal: undefined as string | undefined,
    stop: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return store;
};

/** The same calls, answered by MiniStack. */
export const startSecretsOfMiniStack = async (): Promise<SecretStore> => {
  const { port, stop } = await startMiniStack();
  return { url: `http://127.0.0.1:${port}`, stop };
};
