import type { ProblemError } from '../client/problem-error.ts';
import { inUseDetail } from '../lib/element/in-use-detail.ts';
import type { Reference } from '../lib/element/shown-element.ts';
import type { ProblemCode } from '../lib/errors.ts';
import type { Session } from './session.ts';
import { isRefusal } from './told-refusal.ts';

/** What a delete of an element would do, and by which problem it would be refused. */
interface Foreseen {
  readonly id: string;
  readonly wouldDelete: boolean;
  readonly code?: ProblemCode;
  readonly detail?: string;
  /** Who would keep it from being deleted, as far as the caller may read. */
  readonly references: readonly Reference[];
  readonly hidden: number;
}

/** An entity tag that nothing has. */
const NEVER = '"never"';

/** The problem of the call, or undefined where there is none. Throws what says nothing of what is asked about. */
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
 * The problem by which a change would be refused. It is asked for on a tag that nothing has, so that it is judged by all that comes before
 * that, and does nothing. A delete is not judged by who refers to what is to go.
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

/** The most tags of an image that its delete takes along. */
const TAGS_ALONG = 48;

/** Whether an ID is that of a tag, which nothing keeps from being removed; who may not read it is told of it as of an image. */
const isTag = async (taskport: Session['taskport'], call: Session['call'], id: string): Promise<boolean> => {
  if (!/^image:\/\/.*:/.test(id)) return false;
  const read = taskport.elements.read(id, { ...call, fields: ['attributes'] });
  const meant = await read.catch((error: unknown) => {
    if (isRefusal(error)) return undefined;
    throw error;
  });
  return meant !== undefined && meant.id !== id;
};

/** Who would keep an element from being deleted: its tags only where they are too many. */
const obstaclesIn = (references: readonly Reference[]): readonly Reference[] => {
  const others = references.filter(({ kind }) => kind !== 'tag');
  return others.length === 0 && references.length > TAGS_ALONG ? references : others;
};

/** What a delete would answer, once those that are gone already are no more: they refer to nothing, and are not there themselves. */
export const foreseeDelete = async (
  { taskport, call }: Session,
  id: string,
  gone: ReadonlySet<string>,
): Promise<Foreseen> => {
  if (gone.has(id)) return refused(id, 'not-found', `there is no ${id}`);
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

/** What was foreseen, for people. */
export const formatForeseen = ({ id, wouldDelete, code, detail, references, hidden }: Foreseen): string => {
  if (wouldDelete) return `${id} would be deleted`;
  return [
    `${id} would be refused: ${code}: ${detail}`,
    ...references.map((by) => `  ${by.id} (${by.kind})`),
    ...(hidden > 0 ? [`  and ${hidden} that you may not see`] : []),
  ].join('\n');
};
