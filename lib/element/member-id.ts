import { checkId, type ElementId, parseId } from './id.ts';

/** A location may be called `tasks`, so that it is told by its kind. */
const INLINE = /^(executor:\/\/.*)\/tasks\/([^/]*)$/s;

/** The ID of the task of this name that the composition of an executor has of its own. */
export const inlineTask = (
  { location, name: executor }: ElementId,
  name: string,
  path: string,
): ElementId => ({ ...checkId('task', location, name, path), executor });

/** Parses the ID of what is a member: an element's, or an inline task's, `<executorId>/tasks/<name>`. */
export const parseMemberId = (text: string, path: string): ElementId => {
  const [, executorId, name] = INLINE.exec(text) ?? [];
  if (executorId === undefined || name === undefined) return parseId(text, path);
  const executor = parseId(executorId, path);
  // Of another kind there is no such ID: it is told as any other that is none.
  return executor.kind === 'executor' ? inlineTask(executor, name, path) : parseId(text, path);
};

/** The element at whose location a member is: itself, or the executor of an inline task. */
export const homeOf = (text: string): ElementId => {
  const id = parseMemberId(text, 'id');
  return id.executor === undefined ? id : { kind: 'executor', location: id.location, name: id.executor };
};

/** Whether what is a member by this ID is an inline task, which refers to nothing. */
export const isInline = (id: string): boolean => INLINE.test(id);
