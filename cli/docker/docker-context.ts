import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { defined } from '../../lib/defined.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** An engine that a context of the `docker` command names. */
export interface DockerContext {
  readonly name: string;
  /** The address: `unix:///Users/me/.colima/default/docker.sock`. */
  readonly host: string;
  /** The directory with the certificates of the context, if it has any. */
  readonly certificates?: string;
}

/** The JSON of a file; undefined if the file is missing or invalid. */
const read = (path: string): unknown => {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    return undefined;
  }
};

/** The context that `docker` uses now; undefined for its default (the usual socket), and for a context that `docker` lacks. */
export const dockerContext = (environment: Environment): DockerContext | undefined => {
  const { HOME = homedir(), DOCKER_CONFIG = join(HOME, '.docker'), DOCKER_CONTEXT } = environment;
  const config = read(join(DOCKER_CONFIG, 'config.json')) as { currentContext?: unknown } | undefined;
  const name = DOCKER_CONTEXT || config?.currentContext;
  if (typeof name !== 'string' || name === '' || name === 'default') return undefined;
  const id = createHash('sha256').update(name).digest('hex');
  const meta = read(join(DOCKER_CONFIG, 'contexts/meta', id, 'meta.json'));
  const { Endpoints } = (meta ?? {}) as { Endpoints?: { docker?: { Host?: unknown } } };
  const host = Endpoints?.docker?.Host;
  if (typeof host !== 'string' || host === '') return undefined;
  const certificates = join(DOCKER_CONFIG, 'contexts/tls', id, 'docker');
  return defined({ name, host, certificates: existsSync(certificates) ? certificates : undefined });
};
