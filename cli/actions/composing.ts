import type { Joining } from '../../client/compositions.ts';
import { ProblemError } from '../../client/problem-error.ts';
import { endInWords } from '../../lib/composition/end-in-words.ts';
import { type Target, targetNames } from '../../lib/composition/plan/target.ts';
import type { CompositionJson, HandleJson } from '../../lib/composition/shown-composition.ts';
import { defined } from '../../lib/defined.ts';
import { printable } from '../details.ts';
import { type Action, fullIdOf, idOf, type Session } from '../session.ts';
import { TablePrinter } from '../table.ts';
import { UsageError } from '../usage-error.ts';

const isTarget = (text: string): text is Target => targetNames.some((target) => target === text);

interface Handled {
  readonly handle?: string;
}

/** Somebody else who works on the same executor at the same time is waited for so often. */
const MAX_TRIES = 10;

/**
 * Does something with the latest handle of an executor, and again with a later one where somebody came between; once, with
 * the handle that is given.
 */
export const withHandle = async <T>(
  session: Session,
  text: string,
  { handle }: Handled,
  act: (handle: string, composition: Pick<CompositionJson, 'members'>) => Promise<T>,
): Promise<T> => {
  const executorId = idOf('executor', text);
  if (handle !== undefined) return act(handle, { members: [] });
  for (let attempt = 1; ; attempt += 1) {
    const opened = await session.taskport.compositions.open(executorId, session.call);
    try {
      return await act(opened.handle, opened.composition);
    } catch (error) {
      const isStale = error instanceof ProblemError && error.code === 'stale-handle';
      if (!isStale || attempt === MAX_TRIES) throw error;
    }
  }
};

const formatComposition = ({ handle, composition }: HandleJson): string => {
  const lines = [`${composition.executorId}, revision ${composition.revision}`, `handle ${handle}`];
  const saying = composition.members.find(({ image }) => image?.spec)?.image;
  if (saying) lines.push(`what tasks do not say is as ${saying.id} says`);
  const table = new TablePrinter((line) => lines.push(line));
  for (const { id, bound, mount, saving, task } of composition.members) {
    const where =
      mount &&
      `${mount.path}${mount.readOnly ? ' (read-only)' : ''}${mount.persistent ? '' : ' (temporary)'}`;
    table.add({
      id,
      bound: bound ? 'bound' : saving ? 'saving' : '-',
      mount: where,
      task: task && [`${task.state}, attempt ${task.attempt}`, endInWords(task)].filter(Boolean).join(': '),
    });
  }
  table.end();
  for (const { id, saving } of composition.members)
    if (saving) lines.push(savingInWords(composition.executorId, id, saving));
  return lines.join('\n');
};

/** What is to be known of a volume that is not saved yet, and what helps. */
const savingInWords = (
  executorId: string,
  id: string,
  { since, engine, problem }: NonNullable<HandleJson['composition']['members'][number]['saving']>,
): string =>
  printable(
    `${id} is being saved since ${since} by the runner of the engine ${engine}${problem ? `: ${problem.detail}` : ''}; \`compose unbind --discard ${executorId} ${id}\` gives up what was written`,
  );

export const openComposition: Action = async (session, [executor = '']) => {
  const opened = await session.taskport.compositions.open(idOf('executor', executor), session.call);
  session.show(opened, ({ handle }) => handle);
};

export const showComposition: Action<Handled> = async (session, [executor = ''], options) => {
  const read = (handle: string) => session.taskport.compositions.read(handle, session.call);
  session.show(await withHandle(session, executor, options, read), formatComposition);
};

export const join: Action<
  Handled & {
    readonly mount?: string;
    readonly readOnly?: boolean;
    readonly temporary?: boolean;
    readonly save?: 'always' | 'never';
    readonly overrides?: string;
  }
> = async (session, [executor = '', id = ''], options) => {
  const { mount: path, readOnly, temporary, save, overrides } = options;
  if (path === undefined && (readOnly || temporary || save))
    throw new UsageError('--mount says where it appears');
  const joining: Joining = defined({
    id: fullIdOf(id),
    mount:
      path === undefined
        ? undefined
        : defined({ path, readOnly: readOnly ?? false, persistent: !(temporary ?? false), save }),
    overrides: overrides === undefined ? undefined : await session.readJson(overrides),
  });
  const act = (handle: string) => session.taskport.compositions.join(handle, joining, session.call);
  session.show(await withHandle(session, executor, options, act), formatComposition);
};

export const bind: Action<Handled> = async (session, [executor = '', text], options) => {
  const id = text === undefined ? undefined : fullIdOf(text);
  const act = async (handle: string) => {
    const bound = await session.taskport.compositions.bind(handle, id, session.call);
    return { bound, isSame: bound.handle === handle };
  };
  const { bound, isSame } = await withHandle(session, executor, options, act);
  session.show(bound, formatComposition);
  if (isSame) session.note('nothing to bind; a task that has ended runs again after `unbind` and `bind`');
};

export const unbind: Action<Handled & { readonly discard?: boolean }> = async (
  session,
  [executor = '', text],
  options,
) => {
  const id = text === undefined ? undefined : fullIdOf(text);
  const how = { ...session.call, discard: options.discard };
  const act = (handle: string) => session.taskport.compositions.unbind(handle, id, how);
  session.show(await withHandle(session, executor, options, act), formatComposition);
};

export const leave: Action<Handled> = async (session, [executor = '', text = ''], options) => {
  const id = fullIdOf(text);
  const act = (handle: string) => session.taskport.compositions.leave(handle, id, session.call);
  session.show(await withHandle(session, executor, options, act), formatComposition);
};

export const interrupt: Action<Handled> = async (
  session,
  [executor = '', task = '', signal = ''],
  options,
) => {
  const id = idOf('task', task);
  const act = (handle: string) => session.taskport.compositions.interrupt(handle, id, signal, session.call);
  session.show(await withHandle(session, executor, options, act), formatComposition);
};

export const plan: Action<Handled & { readonly target: string }> = async (
  session,
  [executor = ''],
  options,
) => {
  const { target } = options;
  if (!isTarget(target)) throw new UsageError(`--target is ${targetNames.join(', ')}`);
  const act = (handle: string) => session.taskport.compositions.plan(handle, target, session.call);
  session.show(await withHandle(session, executor, options, act), (document) =>
    JSON.stringify(document, null, 2),
  );
};
