import { randomBytes } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { json } from 'node:stream/consumers';
import { AWS_JSON, type AwsAnswer, type AwsServer, refusal, startAwsServer } from './aws-server.ts';

interface Asked {
  readonly SecretId: string;
  readonly SecretString?: string;
  readonly VersionStage?: string;
}

/**
 * Starts a secrets manager for the SDK's client, which can read secrets and put new values. A secret starts with a random value. Nothing survives
 * `stop`: credentials signed with these secrets are valid for minutes.
 */
export const startSecrets = async (): Promise<AwsServer> => {
  /** The values of each secret, the newest first. */
  const secrets = new Map<string, readonly string[]>();
  const valuesOf = (id: string): readonly string[] => {
    const values = secrets.get(id) ?? [randomBytes(32).toString('base64')];
    secrets.set(id, values);
    return values;
  };
  const answer = async (request: IncomingMessage): Promise<AwsAnswer> => {
    const operation = request.headers['x-amz-target'];
    const { SecretId, SecretString = '', VersionStage = 'AWSCURRENT' } = (await json(request)) as Asked;
    const values = valuesOf(SecretId);
    if (operation === 'secretsmanager.PutSecretValue') {
      secrets.set(SecretId, [SecretString, ...values].slice(0, 2));
      return { status: 200, body: { ARN: SecretId, VersionStages: ['AWSCURRENT'] } };
    }
    if (operation !== 'secretsmanager.GetSecretValue')
      return refusal('InvalidRequestException', `${operation} is not offered here`);
    const value = values[['AWSCURRENT', 'AWSPREVIOUS'].indexOf(VersionStage)];
    if (value !== undefined) return { status: 200, body: { ARN: SecretId, SecretString: value } };
    return refusal('ResourceNotFoundException', `There is no value at the stage ${VersionStage}.`);
  };
  return startAwsServer(AWS_JSON, answer, (error) => refusal('InternalServiceError', error.message));
};
