import type { Taskport } from '../client/taskport.ts';
import type { Kind } from '../lib/kind/index.ts';
import { UsageError } from './usage-error.ts';

const ID = /^[a-z]+:\/\/[^/]+\/[^/]+$/;
/** A task that is associated with an executor. */
const INLINE = /^executor:\/\/[^/]+\/[^/]+\/tasks\/[^/]+$/;

/**
 * The ID that a text names, of a known kind: in full, as `<location>/<name>`, or as `<name>` alone where the location is known too.
 * Throws `UsageError` for another kind, and for what is no ID.
 */
export const meantId = (kind: Kind, text: string, location?: string): string => {
  const isName = location !== undefined && text !== '' && !text.includes('/');
  const short = isName ? `${location}/${text}` : text;
  const scheme = kind === 'task' && /^[^/]+\/[^/]+\/tasks\//.test(short) ? 'executor' : kind;
  const id = short.includes('://') ? short : `${scheme}://${short}`;
  if (kind === 'task' && INLINE.test(id)) return id;
  if (!ID.test(id))
    throw new UsageError(`${text} is no ID: write ${kind}://<location>/<name>, or <location>/<name>`);
  if (!id.startsWith(`${kind}://`)) throw new UsageError(`${text} is no ${kind}`);
  return id;
};

/** What is needed of a session to ask the service of what kind a location is. */
interface Asking {
  readonly taskport: Taskport;
  readonly call: { readonly signal: AbortSignal };
}

/**
 * The ID that a text names where any kind may stand: in full, or as `<location>/<name>`, for which the service says of what kind the
 * location is. Throws `UsageError` for what is no ID, and `ProblemError` where the location is not there.
 */
export const meantIdOfAny = async ({ taskport, call }: Asking, text: string): Promise<string> => {
  if (ID.test(text) || INLINE.test(text)) return text;
  const [, location] = /^([^/:]+)\/[^/]+(?:\/tasks\/[^/]+)?$/.exec(text) ?? [];
  if (location === undefined)
    throw new UsageError(`${text} is no ID: write <kind>://<location>/<name>, or <location>/<name>`);
  if (text.includes('/tasks/')) return meantId('task', text);
  const { kind } = await taskport.locations.read(location, call);
  return meantId(kind, text);
};
