/**
 * A credential helper of Docker: what ECS signs in with, as the secret of the deployment says it when it is asked. MiniStack's ECS signs in for
 * services alone, and leaves a task to the engine's own configuration.
 */
import {
  GetSecretValueCommand,
  ListSecretsCommand,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';

const client = new SecretsManagerClient();
const Filters = [{ Key: 'description', Values: ['Taskport: ECS signs in'] }];
const { SecretList = [] } = await client.send(new ListSecretsCommand({ Filters }));
const { SecretString } = await client.send(new GetSecretValueCommand({ SecretId: SecretList[0]?.ARN }));
const { username, password } = JSON.parse(SecretString);
console.log(JSON.stringify({ ServerURL: '', Username: username, Secret: password }));
