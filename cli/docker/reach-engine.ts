import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import Dockerode from 'dockerode';
import { UsageError } from '../usage-error.ts';
import { statusOf, wordsOf } from './api-error.ts';
import { type Architecture, architectures } from './pause.ts';

/** What an engine says that it is. */
export interface EngineFacts {
  /** `Docker`, or `Podman` behind Docker's API. */
  readonly name: 'Docker' | 'Podman';
  readonly version: string;
  /** The version of the API that is spoken with it. */
  readonly api: string;
  readonly architecture: Architecture;
  /** Where it is: `unix:///run/docker.sock`. */
  readonly host: string;
}

export interface ReachedEngine {
  readonly docker: Dockerode;
  readonly facts: EngineFacts;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** The version of the API that this is written for: Docker 20.10, of 2020. */
const LEAST_API = '1.41';
/** Nothing of a later one is used; an engine that speaks this one no more is spoken with as it likes. */
const BEST_API = '1.47';

const numberOf = (version: string): number => {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major * 1_000 + minor;
};
const least = (...versions: readonly string[]): string =>
  versions.reduce((one, other) => (numberOf(other) < numberOf(one) ? other : one));
const greatest = (...versions: readonly string[]): string =>
  versions.reduce((one, other) => (numberOf(other) > numberOf(one) ? other : one));

/** Where engines listen for who says nothing: Docker, Docker without root, Docker Desktop, Podman without root and with. */
const usualSockets = ({ XDG_RUNTIME_DIR, HOME = homedir() }: Environment): string[] => [
  '/var/run/docker.sock',
  ...(XDG_RUNTIME_DIR === undefined ? [] : [join(XDG_RUNTIME_DIR, 'docker.sock')]),
  join(HOME, '.docker/run/docker.sock'),
  join(HOME, '.docker/desktop/docker.sock'),
  ...(XDG_RUNTIME_DIR === undefined ? [] : [join(XDG_RUNTIME_DIR, 'podman/podman.sock')]),
  '/run/podman/podman.sock',
];

/** Where the engine is: as `DOCKER_HOST` says, or the first usual socket that is there. Throws `UsageError`. */
const hostOf = (environment: Environment): string => {
  const { DOCKER_HOST } = environment;
  if (DOCKER_HOST !== undefined && DOCKER_HOST !== '') {
    if (/^(unix|tcp|npipe|https?):\/\//.test(DOCKER_HOST)) return DOCKER_HOST;
    throw new UsageError(
      `DOCKER_HOST is ${DOCKER_HOST}, and a runner reaches engines by unix:// and tcp:// alone; \`ssh -L\` makes a socket here of one that is elsewhere`,
    );
  }
  const sockets = usualSockets(environment);
  const found = sockets.find((path) => existsSync(path));
  if (found !== undefined) return `unix://${found}`;
  throw new UsageError(
    `there is no engine: none listens at ${sockets.join(', ')}. Start Docker or Podman (\`systemctl --user start podman.socket\`), or say in DOCKER_HOST where it is`,
  );
};

/** A client of an engine; of one that is reached by TCP, the variables of Docker say its certificates. */
const clientOf = (host: string, version?: string): Dockerode => {
  const options = version === undefined ? {} : { version: `v${version}` };
  const [, socketPath] = /^(?:unix|npipe):\/\/(.+)$/.exec(host) ?? [];
  return new Dockerode(socketPath === undefined ? options : { ...options, socketPath });
};

interface Version {
  readonly Version: string;
  readonly ApiVersion: string;
  readonly MinAPIVersion?: string;
  readonly Arch: string;
  readonly Os: string;
  readonly Components?: readonly { readonly Name: string; readonly Version: string }[];
}

/** Why nobody answers, in words that say what to do. */
const unreachable = (host: string, error: NodeJS.ErrnoException): UsageError => {
  const why: Partial<Record<string, string>> = {
    EACCES:
      'you may not use its socket: be of the group that may (`docker`), or use an engine of your own, without root',
    ENOENT: 'there is no such socket: is it started?',
    ECONNREFUSED: 'nobody listens there: is it started?',
  };
  return new UsageError(`the engine at ${host} is not reached: ${why[error.code ?? ''] ?? wordsOf(error)}`);
};

/** Finds the engine, and the version of its API that both speak. Throws `UsageError` with what is wrong and what to do. */
export const reachEngine = async (environment: Environment): Promise<ReachedEngine> => {
  const host = hostOf(environment);
  const said = await clientOf(host)
    .version()
    .catch((error) => {
      if (statusOf(error) === undefined) throw unreachable(host, error);
      throw new UsageError(`what answers at ${host} is no engine of Docker's API: ${wordsOf(error)}`);
    });
  const { Version, ApiVersion, MinAPIVersion = LEAST_API, Arch, Os, Components } = said as Version;
  const podman = Components?.find(({ Name }) => Name === 'Podman Engine');
  const name = podman ? 'Podman' : 'Docker';
  const called = `${name} ${podman?.Version ?? Version} at ${host}`;
  if (ApiVersion === undefined) throw new UsageError(`what answers at ${host} is no engine of Docker's API`);
  if (numberOf(ApiVersion) < numberOf(LEAST_API))
    throw new UsageError(
      `${called} is too old: it speaks version ${ApiVersion} of the API, and ${LEAST_API} is needed (Docker 20.10, Podman 4)`,
    );
  const architecture = architectures.find((known) => known === Arch);
  if (Os !== 'linux' || architecture === undefined)
    throw new UsageError(
      `${called} runs containers of ${Os} on ${Arch}, and a runner has what it needs for linux on ${architectures.join(' and ')}`,
    );
  const api = greatest(least(ApiVersion, BEST_API), MinAPIVersion);
  const facts = { name, version: podman?.Version ?? Version, api, architecture, host } as const;
  return { docker: clientOf(host, api), facts };
};
