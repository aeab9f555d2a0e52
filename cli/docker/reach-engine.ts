import { existsSync, readFileSync } from 'node:fs';
import { Agent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { homedir } from 'node:os';
import { join } from 'node:path';
import Dockerode from 'dockerode';
import { UnreachableError } from '../../lib/unreachable-error.ts';
import { UsageError } from '../usage-error.ts';
import { statusOf, wordsOf } from './api-error.ts';
import { dockerContext } from './docker-context.ts';
import { type Architecture, architectures } from './pause.ts';

/** The engine's description of itself. */
export interface EngineFacts {
  /** `Docker`, or `Podman` behind Docker's API. */
  readonly name: 'Docker' | 'Podman';
  readonly version: string;
  /** The version of the API to use with it. */
  readonly api: string;
  readonly architecture: Architecture;
  /** The address: `unix:///run/docker.sock`. */
  readonly host: string;
}

export interface ReachedEngine {
  readonly docker: Dockerode;
  readonly facts: EngineFacts;
}

/**
 * Opens a connection for each call. An engine that shuts down takes no new connections, but still answers on open ones while it ends
 * containers: an end that it reports there would look as if the task had ended by itself.
 */
const ANEW = new Agent({ keepAlive: false });

type Environment = Readonly<Record<string, string | undefined>>;

/** The version of the API for which this is written: Docker 20.10, of 2020. */
const LEAST_API = '1.41';
/** Nothing here needs a later version; an engine that no longer accepts this one is called with its own minimum. */
const BEST_API = '1.47';

const numberOf = (version: string): number => {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major * 1_000 + minor;
};
const least = (...versions: readonly string[]): string =>
  versions.reduce((one, other) => (numberOf(other) < numberOf(one) ? other : one));
const greatest = (...versions: readonly string[]): string =>
  versions.reduce((one, other) => (numberOf(other) > numberOf(one) ? other : one));

/** The usual sockets: Docker, rootless Docker, Docker Desktop, Podman rootless and as root. */
const usualSockets = ({ XDG_RUNTIME_DIR, HOME = homedir() }: Environment): string[] => [
  '/var/run/docker.sock',
  ...(XDG_RUNTIME_DIR === undefined ? [] : [join(XDG_RUNTIME_DIR, 'docker.sock')]),
  join(HOME, '.docker/run/docker.sock'),
  join(HOME, '.docker/desktop/docker.sock'),
  ...(XDG_RUNTIME_DIR === undefined ? [] : [join(XDG_RUNTIME_DIR, 'podman/podman.sock')]),
  '/run/podman/podman.sock',
];

const isReachable = (host: string): boolean =>
  /^(unix|npipe):\/\/./.test(host) || (/^(tcp|https?):\/\/./.test(host) && URL.canParse(host));

/** The address of an engine, and the environment that says how to call it. */
interface Place {
  readonly host: string;
  readonly environment: Environment;
}

/**
 * The given engine, else the engine of the context of `docker`, else the first usual socket that exists. Throws `UsageError` or
 * `UnreachableError`.
 */
const placeOf = (said: string | undefined, environment: Environment): Place => {
  if (said) {
    if (isReachable(said)) return { host: said, environment };
    throw new UsageError(
      `${said} is no address of an engine: a runner reaches engines only by unix:// and tcp://; forward the socket of a remote one with \`ssh -L\``,
    );
  }
  const context = dockerContext(environment);
  if (context && isReachable(context.host)) {
    const { host, certificates } = context;
    const tls = { DOCKER_CERT_PATH: certificates, DOCKER_TLS_VERIFY: certificates };
    return { host, environment: { ...environment, ...tls } };
  }
  const sockets = usualSockets(environment);
  const found = sockets.find((path) => existsSync(path));
  if (found !== undefined) return { host: `unix://${found}`, environment };
  const other = context
    ? `; a runner does not reach the docker context ${context.name} at ${context.host}`
    : '';
  throw new UnreachableError(
    'an engine',
    new Error(
      `none listens at ${sockets.join(', ')}. Start Docker or Podman (\`systemctl --user start podman.socket\`), or give its address by --engine or DOCKER_HOST${other}`,
    ),
  );
};

/** TLS for an engine over TCP: as with `docker`, variables say whether to use it and where certificates are. */
const tcpOptions = (host: string, { DOCKER_TLS_VERIFY, DOCKER_CERT_PATH }: Environment): object => {
  const { protocol, hostname, port } = new URL(host);
  const isSafe = protocol === 'https:' || Boolean(DOCKER_TLS_VERIFY);
  const files = Object.entries({ ca: 'ca.pem', cert: 'cert.pem', key: 'key.pem' })
    .map(([option, name]) => [option, join(DOCKER_CERT_PATH ?? '', name)] as const)
    .filter(([, path]) => DOCKER_CERT_PATH && existsSync(path))
    .map(([option, path]) => [option, readFileSync(path)] as const);
  return {
    protocol: isSafe ? 'https' : 'http',
    agent: isSafe ? new HttpsAgent({ keepAlive: false }) : ANEW,
    host: hostname,
    port: port || (isSafe ? 2376 : 2375),
    ...Object.fromEntries(files),
  };
};

const clientOf = (host: string, environment: Environment, version?: string): Dockerode => {
  const [, socketPath] = /^(?:unix|npipe):\/\/(.+)$/.exec(host) ?? [];
  const where = socketPath === undefined ? tcpOptions(host, environment) : { socketPath, agent: ANEW };
  // Its types lack the agent option.
  return new Dockerode(
    (version === undefined ? where : { ...where, version: `v${version}` }) as Dockerode.DockerOptions,
  );
};

interface Version {
  readonly Version: string;
  readonly ApiVersion: string;
  readonly MinAPIVersion?: string;
  readonly Arch: string;
  readonly Os: string;
  readonly Components?: readonly { readonly Name: string; readonly Version: string }[];
}

/** Why the engine does not answer, with what to do about it. */
const unreachable = (host: string, error: NodeJS.ErrnoException): UnreachableError => {
  const why: Partial<Record<string, string>> = {
    EACCES:
      'you may not use its socket: join the group that may (`docker`), or use a rootless engine of your own',
    ENOENT: 'there is no such socket: is it started?',
    ECONNREFUSED: 'nobody listens there: is it started?',
  };
  return new UnreachableError(`the engine at ${host}`, new Error(why[error.code ?? ''] ?? wordsOf(error)));
};

/** Finds the engine, and a version of its API that both support. Throws `UnreachableError` if none answers, and `UsageError`, with what to do, for one that cannot run tasks. */
export const reachEngine = async (
  said: string | undefined,
  surroundings: Environment,
): Promise<ReachedEngine> => {
  const { host, environment } = placeOf(said ?? surroundings.DOCKER_HOST, surroundings);
  const answer = await clientOf(host, environment)
    .version()
    .catch((error) => {
      if (statusOf(error) === undefined) throw unreachable(host, error);
      throw new UsageError(`the server at ${host} is no engine of Docker's API: ${wordsOf(error)}`);
    });
  const { Version, ApiVersion, MinAPIVersion = LEAST_API, Arch, Os, Components } = answer as Version;
  const podman = Components?.find(({ Name }) => Name === 'Podman Engine');
  const name = podman ? 'Podman' : 'Docker';
  const called = `${name} ${podman?.Version ?? Version} at ${host}`;
  if (ApiVersion === undefined) throw new UsageError(`the server at ${host} is no engine of Docker's API`);
  if (numberOf(ApiVersion) < numberOf(LEAST_API))
    throw new UsageError(
      `${called} is too old: it speaks version ${ApiVersion} of the API, and ${LEAST_API} is needed (Docker 20.10, Podman 4)`,
    );
  const architecture = architectures.find((known) => known === Arch);
  if (Os !== 'linux' || architecture === undefined)
    throw new UsageError(
      `${called} runs containers of ${Os} on ${Arch}, and a runner runs only containers of linux on ${architectures.join(' and ')}`,
    );
  const api = greatest(least(ApiVersion, BEST_API), MinAPIVersion);
  const facts = { name, version: podman?.Version ?? Version, api, architecture, host } as const;
  return { docker: clientOf(host, environment, api), facts };
};
