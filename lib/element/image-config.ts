import { defined } from '../defined.ts';
import { isObject } from '../is-object.ts';
import { isUnsaid, kept, keysKept, type Name, shown } from './config-field.ts';
import { configOfHealthCheck, healthCheckOf } from './config-health-check.ts';
import { type ImageSpec, imageSpec, MAX_IMAGE_SPEC } from './image-spec.ts';
import { signalName, signalOfNumber } from './signal-name.ts';

type Part<K extends keyof ImageSpec> = NonNullable<ImageSpec[K]>;
type Process = Part<'process'>;
type User = NonNullable<Process['user']>;

const shape = imageSpec.shape;
const processShape = shape.process.def.innerType.shape;

/** The fields that a specification drops first if it is too large; the others affect how tasks run. */
const LESS_NEEDED = ['labels', 'volumes', 'ports', 'healthCheck'] as const;
const OF_PROCESS = ['env', 'args', 'entrypoint'] as const;

const envOf = (said: unknown, name: Name): Process['env'] => {
  if (!Array.isArray(said)) return kept(processShape.env, 'process.env', said, said, name);
  const variables = new Map<string, string>();
  const odd: unknown[] = [];
  for (const entry of said) {
    const [, variable = '', value] = (typeof entry === 'string' && /^([^=]+)=(.*)$/s.exec(entry)) || [];
    // If two variables have one name, the last counts, as in Docker.
    if (processShape.env.safeParse([{ name: variable, value }]).success) variables.set(variable, value ?? '');
    else odd.push(entry);
  }
  if (odd.length > 0)
    name('process.env', `has ${shown(odd)}: a variable is NAME=value, of up to 32,768 characters`);
  const env = [...variables].map(([variable, value]) => ({ name: variable, value }));
  return kept(processShape.env, 'process.env', env, env, name);
};

const isNumber = (text: string): boolean => /^\d{1,10}$/.test(text);

/** `user`, `uid`, `user:group`, `uid:gid`, `uid:group`, `user:gid` (OCI image config.md, User). */
const userOf = (said: unknown, name: Name): User | undefined => {
  if (typeof said !== 'string') return kept(processShape.user, 'process.user', said, said, name);
  const [who = '', group = '', ...more] = said.split(':');
  const user = {
    ...(isNumber(who) ? { uid: Number(who) } : { username: who }),
    ...(group === '' ? {} : isNumber(group) ? { gid: Number(group) } : { groupname: group }),
  };
  return kept(processShape.user, 'process.user', said, more.length > 0 ? said : user, name);
};

const signalOf = (said: unknown, name: Name): Part<'stop'> | undefined => {
  const text = typeof said === 'string' || typeof said === 'number' ? `${said}`.toUpperCase() : '';
  const signal = isNumber(text) ? signalOfNumber(Number(text)) : signalName(text);
  return kept(shape.stop, 'stop.signal', said, { signal: signal ?? said }, name);
};

const portOf = (text: string) => {
  const [, port, protocol = 'tcp'] = /^(\d{1,5})(?:\/(\w+))?$/.exec(text) ?? [];
  return { port: Number(port), protocol: protocol.toLowerCase() };
};

const portsOf = (said: unknown, name: Name): ImageSpec['ports'] => {
  const isTaken = (text: string) => shape.ports.safeParse([portOf(text)]).success;
  const ports = keysKept(said, 'ports', isTaken, name).map((text) => [
    text.replace('/tcp', ''),
    portOf(text),
  ]);
  const once = isObject(said) ? Object.values(Object.fromEntries(ports)) : said;
  return kept(shape.ports, 'ports', once, once, name);
};

const volumesOf = (said: unknown, name: Name): ImageSpec['volumes'] => {
  const isTaken = (path: string) => shape.volumes.safeParse([path]).success;
  const paths = isObject(said) ? keysKept(said, 'volumes', isTaken, name) : said;
  return kept(shape.volumes, 'volumes', paths, paths, name);
};

const labelsOf = (said: unknown, name: Name): ImageSpec['labels'] => {
  if (!isObject(said)) return kept(shape.labels, 'labels', said, said, name);
  const isTaken = (key: string) => shape.labels.safeParse({ [key]: said[key] }).success;
  const labels = Object.fromEntries(keysKept(said, 'labels', isTaken, name).map((key) => [key, said[key]]));
  return kept(shape.labels, 'labels', labels, labels, name);
};

/** Without empty members. */
const pruned = <T extends object>(members: T) =>
  defined(
    Object.fromEntries(
      Object.entries(members).map(([key, value]) => [
        key,
        isObject(value) && Object.keys(value).length === 0 ? undefined : value,
      ]),
    ),
  ) as { readonly [K in keyof T]?: Exclude<T[K], undefined> };

/** A specification within the size limit, and the fields that it had to drop. */
const fitting = (spec: ImageSpec, unexpressed: Part<'unexpressed'>): ImageSpec => {
  let [fits, named] = [spec, unexpressed];
  const sizeOf = (one: ImageSpec): number =>
    Buffer.byteLength(JSON.stringify({ ...one, unexpressed: named }));
  const giveUp = (field: string, without: ImageSpec): void => {
    if (sizeOf(fits) <= MAX_IMAGE_SPEC || sizeOf(without) === sizeOf(fits)) return;
    fits = without;
    named = [...named, { field, reason: `is not kept: a specification has at most ${MAX_IMAGE_SPEC} bytes` }];
  };
  for (const field of LESS_NEEDED) {
    const { [field]: _, ...without } = fits;
    giveUp(field, without);
  }
  for (const field of OF_PROCESS) {
    const { [field]: _, ...process } = fits.process ?? {};
    giveUp(`process.${field}`, pruned({ ...fits, process }));
  }
  return named.length === 0 ? fits : { ...fits, unexpressed: named };
};

/**
 * The specification that an image's configuration document describes (OCI image config.md). It accepts any
 * document, keeps what fields can express, and lists the rest in `unexpressed`.
 */
export const specOfConfig = (configuration: unknown): ImageSpec => {
  const config = isObject(configuration) && isObject(configuration.config) ? configuration.config : {};
  const unexpressed: { field: string; reason: string }[] = [];
  const name: Name = (field, reason) => {
    unexpressed.push({ field, reason });
  };
  const { Entrypoint, Cmd, WorkingDir } = config;
  const process = pruned({
    entrypoint: kept(processShape.entrypoint, 'process.entrypoint', Entrypoint, Entrypoint, name),
    args: kept(processShape.args, 'process.args', Cmd, Cmd, name),
    env: envOf(config.Env, name),
    cwd: kept(processShape.cwd, 'process.cwd', WorkingDir, WorkingDir, name),
    user: userOf(config.User, name),
  });
  const spec = pruned({
    process,
    stop: isUnsaid(config.StopSignal) ? undefined : signalOf(config.StopSignal, name),
    healthCheck: healthCheckOf(config.Healthcheck, config.Shell, name),
    labels: labelsOf(config.Labels, name),
    ports: portsOf(config.ExposedPorts, name),
    volumes: volumesOf(config.Volumes, name),
  });
  return fitting(spec, unexpressed);
};

const userText = ({ uid, gid, username, groupname }: User): string | undefined => {
  const [user, group] = [username ?? uid, groupname ?? gid];
  return group === undefined ? user?.toString() : `${user}:${group}`;
};

const setOf = (keys: readonly string[] | undefined) =>
  keys && Object.fromEntries(keys.map((key) => [key, {}]));

/** The member `config` of a configuration with the same meaning, in a fixed order of members. */
export const configOfSpec = ({ process = {}, stop, healthCheck, labels, ports, volumes }: ImageSpec) =>
  pruned({
    User: process.user && userText(process.user),
    ExposedPorts: setOf(ports?.map(({ port, protocol }) => `${port}/${protocol}`)),
    Env: process.env?.map(({ name, value }) => `${name}=${value}`),
    Entrypoint: process.entrypoint,
    Cmd: process.args,
    Volumes: setOf(volumes),
    WorkingDir: process.cwd,
    Labels: labels,
    StopSignal: stop?.signal && `SIG${signalName(stop.signal)}`,
    Healthcheck: healthCheck && configOfHealthCheck(healthCheck),
  });
