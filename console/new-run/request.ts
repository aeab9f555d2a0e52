import type { Composing, Joining } from '../../client/compositions.ts';
import { defined } from '../../lib/defined.ts';
import { CPU_PERIOD } from '../../lib/element/cpu-period.ts';
import { userNamed } from '../../lib/element/task-spec/named-user.ts';
import type { TaskSpec } from '../../lib/element/task-spec.ts';
import { type MemberKind, rules } from '../../lib/kind/index.ts';
import { secondsOf, sizeOf, type Variable, variablesOf, wordsOf } from './words.ts';

interface MountedVolume {
  readonly id: string;
  readonly path: string;
  readonly isReadOnly: boolean;
}

/** The values of the form, as typed. */
export interface Asked {
  readonly image: string;
  readonly command: string;
  /** Whether each line of the command is an argument, instead of the whole being a command line. */
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

/** The request of a form: the ID of its executor, and the arguments of the API. */
export interface RunRequest extends Composing {
  readonly executorId: string;
}

/** Messages for fields, by their names in the form: `memory`, `volume-0`. */
export type FieldIssues = Readonly<Record<string, string>>;

/** Fields with invalid values. */
export class FieldError extends Error {
  readonly issues: FieldIssues;

  constructor(issues: FieldIssues) {
    super(Object.values(issues).join('; '));
    this.issues = issues;
  }
}

type Issues = Record<string, string>;

/** A typed value, parsed by `by`; undefined if it is empty or invalid. Records the message if it is invalid. */
const taken = <T>({ asked, issues }: Reading, field: keyof Asked, by: (text: string) => T): T | undefined => {
  const text = String(asked[field]);
  if (text.trim() === '') return undefined;
  try {
    return by(text);
  } catch (error) {
    issues[field] = (error as Error).message;
    return undefined;
  }
};

/** The typed values, and the messages for invalid ones. */
interface Reading {
  readonly asked: Asked;
  readonly issues: Issues;
}

const numberOf = (text: string): number => {
  const count = Number(text);
  if (!(count > 0)) throw new TypeError(`${text} is no number above 0.`);
  return count;
};

const userOf = (text: string) => {
  const user = userNamed(text.trim());
  if (!user) throw new TypeError(`${text} is neither <user> nor <user>:<group>, by name or by number.`);
  return user;
};

const processOf = (reading: Reading): TaskSpec['process'] => {
  const { asked } = reading;
  const args = asked.isList ? asked.command.split('\n').filter((line) => line !== '') : undefined;
  const pasted = taken(reading, 'pasted', variablesOf) ?? [];
  const named = asked.variables.filter(({ name }) => name.trim() !== '');
  // For the same name, a pasted variable overrides a typed one.
  const env = [...new Map([...named, ...pasted].map((each) => [each.name, each])).values()];
  return orNothing({
    entrypoint: taken(reading, 'entrypoint', wordsOf),
    args: args ?? taken(reading, 'command', wordsOf),
    env,
    cwd: asked.cwd.trim(),
    user: taken(reading, 'user', userOf),
  });
};

/** Drops empty members; undefined if none remains. */
const orNothing = <T extends object>(of: T): T | undefined => {
  const said = Object.entries(of).filter(
    ([, value]) => value !== undefined && value !== '' && !(Array.isArray(value) && value.length === 0),
  );
  return said.length === 0 ? undefined : (Object.fromEntries(said) as T);
};

const specOf = (reading: Reading): TaskSpec => {
  const { asked } = reading;
  const memory = taken(reading, 'memory', sizeOf);
  const cpus = taken(reading, 'cpus', numberOf);
  const attempts = asked.restart === 'on-failure' ? taken(reading, 'restarts', numberOf) : undefined;
  const runSeconds = taken(reading, 'timeout', secondsOf);
  return (
    orNothing({
      process: processOf(reading),
      resources: orNothing({
        memory: memory === undefined ? undefined : { limit: memory },
        cpu: cpus === undefined ? undefined : { quota: Math.round(cpus * CPU_PERIOD), period: CPU_PERIOD },
      }),
      restart: asked.restart === 'never' ? undefined : defined({ mode: asked.restart, attempts }),
      deadlines: orNothing({ runSeconds }),
    }) ?? {}
  );
};

const ID = /^[a-z]+:\/\/[^/]+\/[^/]+$/;

/** The ID for a text: a full ID, `<location>/<name>`, or a name in the conventional location. Throws `TypeError`. */
const idOf = (kind: MemberKind, text: string): string => {
  const said = text.trim();
  // A name without a location may be an image of a registry.
  const short = said.includes('/') || kind === 'image' ? said : `${rules[kind].plural}/${said}`;
  const id = said.includes('://') ? said : `${kind}://${short}`;
  if (kind !== 'image' && !(ID.test(id) && id.startsWith(`${kind}://`)))
    throw new TypeError(
      `Write the name of ${rules[kind].called}, such as data or ${rules[kind].plural}/data.`,
    );
  return id;
};

/** A member of the request, with the field that names it. */
type Placed = readonly [field: string, member: Joining];

const volumesOf = ({ asked, issues }: Reading): Placed[] =>
  asked.volumes.flatMap(({ id, path, isReadOnly }, at): Placed[] => {
    if (id.trim() === '' && path.trim() === '') return [];
    if (!path.trim().startsWith('/'))
      issues[`path-${at}`] = 'Write where it appears in the container, such as /data.';
    try {
      const mount = { path: path.trim(), ...(isReadOnly ? { readOnly: true } : {}) };
      return [[`volume-${at}`, { id: idOf('volume', id), mount }]];
    } catch (error) {
      issues[`volume-${at}`] = (error as Error).message;
      return [];
    }
  });

/** A form that was read: its request without invalid values, and their messages. */
export interface ReadForm {
  readonly asked: Asked;
  readonly request: RunRequest;
  /** The field of each member; `task` for the task. */
  readonly fields: readonly string[];
  readonly issues: FieldIssues;
}

export const readForm = (asked: Asked): ReadForm => {
  const issues: Issues = {};
  const reading = { asked, issues };
  if (asked.image.trim() === '') issues.image = 'Choose an image, or write one of a registry.';
  const log = taken(reading, 'log', (text) => idOf('log', text));
  const placed: Placed[] = [
    ['image', { id: idOf('image', asked.image), mount: { path: '/' } }],
    ...volumesOf(reading),
    ...(log === undefined ? [] : [['log', { id: log }] as const]),
    ['task', { task: { name: 'main', spec: specOf(reading) } }],
  ];
  const request = {
    executorId: `executor://${asked.location}/${asked.name.trim()}`,
    executor: {},
    members: placed.map(([, member]) => member),
    bind: true,
  };
  return { asked, request, fields: placed.map(([field]) => field), issues };
};

/** The request of a form. Throws `FieldError` with all messages. */
export const requestOf = (asked: Asked): RunRequest => {
  const { request, issues } = readForm(asked);
  if (Object.keys(issues).length > 0) throw new FieldError(issues);
  return request;
};
