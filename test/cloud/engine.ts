/** The engine of a cloud's ECS: a separate Docker engine, which pulls from the registries of deployments. */
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { startDockerWith } from '../docker/dockerd.ts';
import { certificateIn } from './certificate.ts';
import { startFront } from './front.ts';

export interface CloudEngine {
  readonly host: string;
  /** A directory with MiniStack's `DOCKER_CONFIG`, which also contains its credential helper. */
  readonly configuration: string;
  /** Makes it sign in with secrets of the cloud, which it reaches with this environment. */
  signInBy(env: Readonly<Record<string, string>>): void;
  stop(): Promise<void>;
}

const HELPER = 'taskport';

/** Writes the credential helper, which reads the password from the cloud's secrets; `env` is its environment. */
const writeHelper = (directory: string, env: Readonly<Record<string, string>>): void => {
  writeFileSync(join(directory, 'config.json'), JSON.stringify({ credsStore: HELPER }));
  const program = join(directory, `docker-credential-${HELPER}`);
  const variables = Object.entries(env).map(([name, value]) => `'${name}=${value}'`);
  const script = join(import.meta.dirname, 'pull-credential.mjs');
  writeFileSync(program, `#!/bin/sh\nexec env -i ${variables.join(' ')} '${process.execPath}' '${script}'\n`);
  chmodSync(program, 0o755);
};

export const startEngine = async (directory: string): Promise<CloudEngine> => {
  const front = await startFront(directory);
  const docker = await startDockerWith({
    HTTPS_PROXY: front.url,
    SSL_CERT_FILE: certificateIn(directory).cert,
  });
  const configuration = join(directory, 'docker');
  mkdirSync(configuration);
  return {
    host: docker.host,
    configuration,
    signInBy: (env) => writeHelper(configuration, env),
    stop: async () => {
      await docker.stop();
      await front.stop();
    },
  };
};
