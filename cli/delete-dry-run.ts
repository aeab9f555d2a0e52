import type { ProblemError } from '../client/problem-error.ts';
import { absentDetail } from '../lib/element/absent-detail.ts';
import { inUseDetail } from '../lib/element/in-use-detail.ts';
import type { Reference } from '../lib/element/shown-element.ts';
import type { ProblemCode } from '../lib/errors.ts';
import type { Session } from './session.ts';
import { isRefusal } from './told-refusal.ts';

/** The result that a delete of an element would have, and the problem that would refuse it. */
interface Foreseen {
  readonly id: string;
  readonly wouldDelete: boolean;
  readonly code?: ProblemCode;
  readonly detail?: string;
  /** The elements that would prevent the delete, as far as the caller may read them. */
  readonly references: readonly Reference[];
  readonly hidden: number;
}

/** An entity tag that matches no element. */
const NEVER = '"never"';

/** The problem of the call, or undefined. Throws errors that do not answer the question. */
const problemOf = async (call: Promise<unknown>): Promise<ProblemError | undefined> => {
  try {
    await call;
    return undefined;
  } catch (error) {
    if (isRefusal(error)) return error;
    throw error;
  }
};

/**
 * The problem that would refuse a change. The call has an entity tag that matches nothing, so the service makes all checks that come
 * before that one, and changes nothing. The service checks references to the element later, so this does not.
 */
export const problemOfChange = async (
  change: (condition: { readonly ifMatch: string }) => Promise<unknown>,
): Promise<ProblemError | undefined> => {
  const problem = await problemOf(change({ ifMatch: NEVER }));
  return problem?.code === 'revision-mismatch' ? undefined : problem;
};

const refused = (id: string, code: ProblemCode, detail: string): Foreseen => ({
  id,
  wouldDelete: false,
  code,
  detail,
  references: [],
  hidden: 0,
});

/** The most tags that the delete of an image removes. */
const TAGS_ALONG = 48;

/** Whether an ID is that of a tag, whose removal nothing prevents; for a caller who may not read it, the problem speaks of an image. */
const isTag = async (taskport: Session['taskport'], call: Session['call'], id: string): Promise<boolean> => {
  if (!/^image:\/\/.*:/.test(id)) return false;
  const read = taskport.elements.read(id, { ...call, fields: ['attributes'] });
  const meant = await read.catch((error: unknown) => {
    if (isRefusal(error)) return undefined;
    throw error;
  });
  return meant !== undefined && meant.id !== id;
};

/** The elements that would prevent the delete of an element; tags only if they are too many. */
const obstaclesIn = (references: readonly Reference[]): readonly Reference[] => {
  const others = references.filter(({ kind }) => kind !== 'tag');
  return others.length === 0 && references.length > TAGS_ALONG ? references : others;
};

/** The result of each delete after those before it: deleted elements refer to nothing and no longer exist. */
export const foreseeDelete = async (
  { taskport, call }: Session,
  id: string,
  gone: ReadonlySet<string>,
): Promise<Foreseen> => {
  if (gone.has(id)) return refused(id, 'not-found', absentDetail(id));
  const problem = await problemOfChange((condition) =>
    taskport.elements.delete(id, { ...call, ...condition }),
  );
  if (problem) return refused(id, problem.code as ProblemCode, problem.detail);
  if (await isTag(taskport, call, id)) return { id, wouldDelete: true, references: [], hidden: 0 };
  const found: Reference[] = [];
  let hidden = 0;
  const unread = await problemOf(
    (async () => {
      for await (const page of taskport.elements.references(id, call).pages()) {
        found.push(...page.items.filter((reference) => !gone.has(reference.id)));
        hidden += page.hidden ?? 0;
      }
    })(),
  );
  if (unread)
    return refused(id, unread.code as ProblemCode, `who refers to ${id} is not known: ${unread.detail}`);
  const references = obstaclesIn(found);
  if (references.length + hidden === 0) return { id, wouldDelete: true, references, hidden };
  const detail = inUseDetail(id, references, hidden);
  return { ...refused(id, 'in-use', detail), references, hidden };
};

/** The forecast for people. */
export const formatForeseen = ({ id, wouldDelete, code, detail, references, hidden }: Foreseen): string => {
  if (wouldDelete) return `${id} would be deleted`;
  return [
    `${id} would be refused: ${code}: ${detail}`,
    ...references.map((by) => `  ${by.id} (${by.kind})`),
    ...(hidden > 0 ? [`  and ${hidden} that you may not see`] : []),
  ].join('\n');
};
