import { ProblemError } from '../client/problem-error.ts';
import type { Taskport } from '../client/taskport.ts';
import { type Kind, kinds, rules } from '../lib/kind/index.ts';
import { ABSENT, unlessAbsent } from './unless-absent.ts';
import { UsageError } from './usage-error.ts';

const ID = /^[a-z]+:\/\/[^/]+\/[^/]+$/;
/** A task that is associated with an executor. */
const INLINE = /^executor:\/\/[^/]+\/[^/]+\/tasks\/[^/]+$/;

/** Where elements are that are named without their location; a context may say another for executors. */
export const CONVENTIONAL = {
  ...(Object.fromEntries(kinds.map((kind) => [kind, rules[kind].plural])) as Readonly<Record<Kind, string>>),
  executor: 'machines',
};

/**
 * The ID that a text names, of a known kind: in full, as `<location>/<name>`, or as `<name>` alone, of the location that is given or is the conventional one.
 * Throws `UsageError` for another kind, and for what is no ID.
 */
export const meantId = (kind: Kind, text: string, location = CONVENTIONAL[kind]): string => {
  const short = text !== '' && !text.includes('/') ? `${location}/${text}` : text;
  const scheme = kind === 'task' && /^[^/]+\/[^/]+\/tasks\//.test(short) ? 'executor' : kind;
  const id = short.includes('://') ? short : `${scheme}://${short}`;
  if (kind === 'task' && INLINE.test(id)) return id;
  if (!ID.test(id))
    throw new UsageError(`${text} is no ID: write <name>, <location>/<name>, or ${kind}://<location>/<name>`);
  if (!id.startsWith(`${kind}://`)) throw new UsageError(`${text} is no ${kind}`);
  return id;
};

/** What is needed of a session to ask the service what is called so. */
interface Asking {
  readonly taskport: Taskport;
  readonly call: { readonly signal: AbortSignal };
  readonly executorLocation: string;
}

/** The location of a name; undefined where there is none, and for what is no name alone. */
export const locationCalled = async ({ taskport, call }: Asking, text: string) =>
  /^[^/:]+$/.test(text) ? unlessAbsent(taskport.locations.read(text, call), ABSENT) : undefined;

/** The element of a name alone, in the conventional locations of all kinds; where none is there, an executor. Throws `UsageError` for several. */
const namedAlone = async ({ taskport, call, executorLocation }: Asking, name: string): Promise<string> => {
  const executor = meantId('executor', name, executorLocation);
  const ids = kinds.map((kind) => (kind === 'executor' ? executor : meantId(kind, name)));
  const found = await Promise.all(
    ids.map(async (id) => {
      try {
        await taskport.elements.read(id, { fields: ['attributes'], ...call });
        return [id];
      } catch (error) {
        // Of what the caller may not see, another may be meant.
        const isNone =
          error instanceof ProblemError &&
          [...ABSENT, 'permission-denied', 'invalid-request'].includes(error.code ?? '');
        if (isNone) return [];
        throw error;
      }
    }),
  );
  const [one = executor, ...others] = found.flat();
  if (others.length === 0) return one;
  throw new UsageError(`several are called ${name}, say which: ${[one, ...others].join(', ')}`);
};

/**
 * The ID that a text names where any kind may stand: in full, as `<location>/<name>`, for which the service says of what kind the
 * location is, or as `<name>` alone of what is in the conventional locations. Throws `UsageError` for what is no ID, and `ProblemError` where the location is not there.
 */
export const meantIdOfAny = async (asking: Asking, text: string): Promise<string> => {
  if (ID.test(text) || INLINE.test(text)) return text;
  if (text !== '' && !text.includes('/')) return namedAlone(asking, text);
  const [, location] = /^([^/:]+)\/[^/]+(?:\/tasks\/[^/]+)?$/.exec(text) ?? [];
  if (location === undefined)
    throw new UsageError(`${text} is no ID: write <name>, <location>/<name>, or <kind>://<location>/<name>`);
  if (text.includes('/tasks/')) return meantId('task', text);
  const { kind } = await asking.taskport.locations.read(location, asking.call);
  return meantId(kind, text);
};
