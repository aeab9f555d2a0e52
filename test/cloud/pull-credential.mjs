/**
 * A credential helper of Docker: it answers the credential of ECS from the secret of the deployment. MiniStack's ECS signs in for services only,
 * and leaves tasks to the engine's configuration.
 */
import {
  GetSecretValueCommand,
  ListSecretsCommand,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';

const client = new SecretsManagerClient();
const Filters = [{ Key: 'description', Values: ['Taskport: credential with which ECS signs in'] }];
const { SecretList = [] } = await client.send(new ListSecretsCommand({ Filters }));
const { SecretString } = await client.send(new GetSecretValueCommand({ SecretId: SecretList[0]?.ARN }));
const { username, password } = JSON.parse(SecretString);
console.log(JSON.stringify({ ServerURL: '', Username: username, Secret: password }));
