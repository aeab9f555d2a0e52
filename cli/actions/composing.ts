import type { Joining } from '../../client/compositions.ts';
import { type Target, targetNames } from '../../lib/composition/plan/target.ts';
import type { HandleJson } from '../../lib/composition/shown-composition.ts';
import { defined } from '../../lib/defined.ts';
import { withLatestHandle } from '../latest-handle.ts';
import { meantIdOfAny } from '../meant-id.ts';
import type { Action, Session } from '../session.ts';
import { absenceInWords, formatComposition, waitsForRunner } from '../told-composition.ts';
import { isRefusal } from '../told-refusal.ts';
import { UsageError } from '../usage-error.ts';

const isTarget = (text: string): text is Target => targetNames.some((target) => target === text);

interface Handled {
  readonly handle?: string;
}

/** Calls `act` with the latest handle of an executor, and again with a later one if another caller has changed the composition; with a given handle, only once. */
const withHandle = async <T>(
  session: Session,
  text: string,
  { handle }: Handled,
  act: (handle: string) => Promise<T>,
): Promise<T> => {
  const executorId = session.idOf('executor', text);
  return handle === undefined ? withLatestHandle(session, executorId, act) : act(handle);
};

export const openComposition: Action = async (session, [executor = '']) => {
  const opened = await session.taskport.compositions.open(session.idOf('executor', executor), session.call);
  session.show(opened, ({ handle }) => handle);
};

/** Reports that a bound composition waits for a runner, if there is none. */
const noteAbsence = async (session: Session, { executorId }: HandleJson['composition']): Promise<void> => {
  const [, , location = ''] = executorId.split('/');
  const lease = await session.taskport.runners.read(location, session.call).catch((error: unknown) => {
    if (isRefusal(error)) return undefined;
    throw error;
  });
  const said = lease && absenceInWords(lease);
  if (said !== undefined) session.note(said);
};

export const showComposition: Action<Handled> = async (session, [executor = ''], options) => {
  const read = (handle: string) => session.taskport.compositions.read(handle, session.call);
  const shown = await withHandle(session, executor, options, read);
  session.show(shown, (composed) => formatComposition(composed));
  if (session.isForPeople && waitsForRunner(shown.composition)) await noteAbsence(session, shown.composition);
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
    throw new UsageError('--mount is required: name the path at which the task sees the storage');
  const joining: Joining = defined({
    id: await meantIdOfAny(session, id),
    mount:
      path === undefined
        ? undefined
        : defined({ path, readOnly: readOnly ?? false, persistent: !(temporary ?? false), save }),
    overrides: overrides === undefined ? undefined : await session.readJson(overrides),
  });
  const act = (handle: string) => session.taskport.compositions.join(handle, joining, session.call);
  session.show(await withHandle(session, executor, options, act), (composed) => formatComposition(composed));
};

export const bind: Action<Handled> = async (session, [executor = '', text], options) => {
  const id = text === undefined ? undefined : await meantIdOfAny(session, text);
  const act = async (handle: string) => {
    const bound = await session.taskport.compositions.bind(handle, id, session.call);
    return { bound, isSame: bound.handle === handle };
  };
  const { bound, isSame } = await withHandle(session, executor, options, act);
  session.show(bound, (composed) => formatComposition(composed));
  if (isSame) session.note('nothing to bind; a task that has ended runs again after `unbind` and `bind`');
};

export const unbind: Action<Handled & { readonly discard?: boolean }> = async (
  session,
  [executor = '', text],
  options,
) => {
  const id = text === undefined ? undefined : await meantIdOfAny(session, text);
  const how = { ...session.call, discard: options.discard };
  const act = (handle: string) => session.taskport.compositions.unbind(handle, id, how);
  session.show(await withHandle(session, executor, options, act), (composed) => formatComposition(composed));
};

export const leave: Action<Handled> = async (session, [executor = '', text = ''], options) => {
  const id = await meantIdOfAny(session, text);
  const act = (handle: string) => session.taskport.compositions.leave(handle, id, session.call);
  session.show(await withHandle(session, executor, options, act), (composed) => formatComposition(composed));
};

export const interrupt: Action<Handled> = async (
  session,
  [executor = '', task = '', signal = ''],
  options,
) => {
  const id = session.idOf('task', task);
  const act = (handle: string) => session.taskport.compositions.interrupt(handle, id, signal, session.call);
  session.show(await withHandle(session, executor, options, act), (composed) => formatComposition(composed));
};

export const plan: Action<Handled & { readonly target: string }> = async (
  session,
  [executor = ''],
  options,
) => {
  const { target } = options;
  if (!isTarget(target)) throw new UsageError(`--target must be one of ${targetNames.join(', ')}`);
  const act = (handle: string) => session.taskport.compositions.plan(handle, target, session.call);
  session.show(await withHandle(session, executor, options, act), (document) =>
    JSON.stringify(document, null, 2),
  );
};
