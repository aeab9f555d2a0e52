import type { Composing, Joining } from '../../client/compositions.ts';
import { defined } from '../../lib/defined.ts';
import type { TaskSpec } from '../../lib/element/task-spec.ts';
import { secondsOf, sizeOf, type Variable, variablesOf, wordsOf } from './words.ts';

interface MountedVolume {
  readonly id: string;
  readonly path: string;
  readonly isReadOnly: boolean;
}

/** What the form has, as it was typed. */
export interface Asked {
  readonly image: string;
  readonly command: string;
  /** Whether each line of the command is an argument, and not the whole a command line. */
  readonly isList: boolean;
  readonly variables: readonly Variable[];
  readonly pasted: string;
  readonly volumes: readonly MountedVolume[];
  readonly memory: string;
  readonly cpus: string;
  readonly timeout: string;
  readonly restart: 'never' | 'on-failure' | 'always';
  readonly restarts: string;
  readonly location: string;
  readonly name: string;
  readonly cwd: string;
  readonly user: string;
  readonly entrypoint: string;
  readonly log: string;
}

export const NOTHING: Asked = {
  image: '',
  command: '',
  isList: false,
  variables: [],
  pasted: '',
  volumes: [],
  memory: '',
  cpus: '',
  timeout: '',
  restart: 'never',
  restarts: '',
  location: '',
  name: '',
  cwd: '',
  user: '',
  entrypoint: '',
  log: '',
};

/** What a form asks for; its executor's ID beside what the API takes of it. */
export interface RunRequest extends Composing {
  readonly executorId: string;
}

const CPU_PERIOD = 100_000;

/** A field that cannot be taken as it was typed. */
export class FieldError extends Error {
  readonly field: keyof Asked;

  constructor(field: keyof Asked, message: string) {
    super(message);
    this.field = field;
  }
}

/** What was typed, by what understands it; nothing for nothing. */
const taken = <T>(asked: Asked, field: keyof Asked, by: (text: string) => T): T | undefined => {
  const text = String(asked[field]);
  if (text.trim() === '') return undefined;
  try {
    return by(text);
  } catch (error) {
    throw new FieldError(field, (error as Error).message);
  }
};

const numberOf = (text: string): number => {
  const count = Number(text);
  if (!(count > 0)) throw new TypeError(`${text} is no number above 0.`);
  return count;
};

const userOf = (text: string) => {
  const [user = '', group] = text.trim().split(':');
  const isNumber = /^\d+$/;
  return {
    ...(isNumber.test(user) ? { uid: Number(user) } : { username: user }),
    ...(group === undefined ? {} : isNumber.test(group) ? { gid: Number(group) } : { groupname: group }),
  };
};

const processOf = (asked: Asked): TaskSpec['process'] => {
  const args = asked.isList ? asked.command.split('\n').filter((line) => line !== '') : undefined;
  const pasted = taken(asked, 'pasted', variablesOf) ?? [];
  const named = asked.variables.filter(({ name }) => name.trim() !== '');
  // What was pasted comes after what was typed, of one name.
  const env = [...new Map([...named, ...pasted].map((each) => [each.name, each])).values()];
  return orNothing({
    entrypoint: taken(asked, 'entrypoint', wordsOf),
    args: args ?? taken(asked, 'command', wordsOf),
    env,
    cwd: asked.cwd.trim(),
    user: taken(asked, 'user', userOf),
  });
};

/** Without what is empty; undefined where nothing is left. */
const orNothing = <T extends object>(of: T): T | undefined => {
  const said = Object.entries(of).filter(
    ([, value]) => value !== undefined && value !== '' && !(Array.isArray(value) && value.length === 0),
  );
  return said.length === 0 ? undefined : (Object.fromEntries(said) as T);
};

const specOf = (asked: Asked): TaskSpec => {
  const memory = taken(asked, 'memory', sizeOf);
  const cpus = taken(asked, 'cpus', numberOf);
  const attempts = asked.restart === 'on-failure' ? taken(asked, 'restarts', numberOf) : undefined;
  const runSeconds = taken(asked, 'timeout', secondsOf);
  return (
    orNothing({
      process: processOf(asked),
      resources: orNothing({
        memory: memory === undefined ? undefined : { limit: memory },
        cpu: cpus === undefined ? undefined : { quota: Math.round(cpus * CPU_PERIOD), period: CPU_PERIOD },
      }),
      restart: asked.restart === 'never' ? undefined : defined({ mode: asked.restart, attempts }),
      deadlines: orNothing({ runSeconds }),
    }) ?? {}
  );
};

/** The ID of what is written in full, or as `<location>/<name>`. */
const idOf = (kind: string, text: string): string => {
  const said = text.trim();
  return said.includes('://') ? said : `${kind}://${said}`;
};

/** The request that a form makes. Throws `FieldError`. */
export const requestOf = (asked: Asked): RunRequest => {
  if (asked.image.trim() === '')
    throw new FieldError('image', 'Choose an image, or write one of a registry.');
  const volumes = asked.volumes.filter(({ id, path }) => id.trim() !== '' || path.trim() !== '');
  const members: Joining[] = [
    { id: idOf('image', asked.image), mount: { path: '/' } },
    ...volumes.map(({ id, path, isReadOnly }) => ({
      id: idOf('volume', id),
      mount: { path: path.trim(), ...(isReadOnly ? { readOnly: true } : {}) },
    })),
    ...(asked.log.trim() === '' ? [] : [{ id: idOf('log', asked.log) }]),
    { task: { name: 'main', spec: specOf(asked) } },
  ];
  return {
    executorId: `executor://${asked.location}/${asked.name.trim()}`,
    executor: {},
    members,
    bind: true,
  };
};
