import { ABSENT, isCode } from '../client/problem-error.ts';
import type { Taskport } from '../client/taskport.ts';
import { type Kind, kinds, rules } from '../lib/kind/index.ts';
import { unlessAbsent } from './unless-absent.ts';
import { UsageError } from './usage-error.ts';

const ID = /^[a-z]+:\/\/[^/]+\/[^/]+$/;
/** A task that is associated with an executor. */
const INLINE = /^executor:\/\/[^/]+\/[^/]+\/tasks\/[^/]+$/;

/** The location of an element whose name has none; a context may set another for executors. */
export const CONVENTIONAL = {
  ...(Object.fromEntries(kinds.map((kind) => [kind, rules[kind].plural])) as Readonly<Record<Kind, string>>),
  executor: 'machines',
};

/**
 * The ID for a text of a known kind: in full, as `<location>/<name>`, or as `<name>` in the given or default location. Throws
 * `UsageError` for another kind, and for a text that is no ID.
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

/** The parts of a session with which to look up a name. */
interface Asking {
  readonly taskport: Taskport;
  readonly call: { readonly signal: AbortSignal };
  readonly executorLocation: string;
}

/** The location of this name; undefined if there is none, or the text is no single name. */
export const locationCalled = async ({ taskport, call }: Asking, text: string) =>
  /^[^/:]+$/.test(text) ? unlessAbsent(taskport.locations.read(text, call), ABSENT) : undefined;

/** The element of a single name in the default locations of all kinds; without one, an executor. Throws `UsageError` if there are several. */
const namedAlone = async ({ taskport, call, executorLocation }: Asking, name: string): Promise<string> => {
  const executor = meantId('executor', name, executorLocation);
  const ids = kinds.map((kind) => (kind === 'executor' ? executor : meantId(kind, name)));
  const found = await Promise.all(
    ids.map(async (id) => {
      try {
        await taskport.elements.read(id, { fields: ['attributes'], ...call });
        return [id];
      } catch (error) {
        // A location that the caller may not see may have the element, too.
        if (isCode(error, ...ABSENT, 'permission-denied', 'invalid-request')) return [];
        throw error;
      }
    }),
  );
  const [one = executor, ...others] = found.flat();
  if (others.length === 0) return one;
  throw new UsageError(
    `several elements have the name ${name}; give the full ID of one of them: ${[one, ...others].join(', ')}`,
  );
};

/**
 * The ID for a text of any kind: in full, as `<location>/<name>`, for which the service answers the kind of the location, or as `<name>`
 * in a default location. Throws `UsageError` for a text that is no ID, and `ProblemError` if the location does not exist.
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
