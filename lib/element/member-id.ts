import { checkId, ELEMENT_NAME, type ElementId, isId, parseId } from './id.ts';

/** The kind is part of the pattern, since a location may be called `tasks`. */
const INLINE = /^(executor:\/\/.*)\/tasks\/([^/]*)$/s;

/** The ID of the inline task of this name in an executor's composition. */
export const inlineTask = (
  { location, name: executor }: ElementId,
  name: string,
  path: string,
): ElementId => ({ ...checkId('task', location, name, path), executor });

/** Parses the ID of a member: that of an element, or of an inline task, `<executorId>/tasks/<name>`. */
export const parseMemberId = (text: string, path: string): ElementId => {
  const [, executorId, name] = INLINE.exec(text) ?? [];
  if (executorId === undefined || name === undefined) return parseId(text, path);
  const executor = parseId(executorId, path);
  // IDs of inline tasks begin with an executor; any other text gets the error of an invalid ID.
  return executor.kind === 'executor' ? inlineTask(executor, name, path) : parseId(text, path);
};

/** Whether the text is the ID of a member. */
export const isMemberId = (text: string): boolean => {
  const [, executorId = '', name = ''] = INLINE.exec(text) ?? [];
  return isId(text) || (executorId.startsWith('executor:') && isId(executorId) && ELEMENT_NAME.test(name));
};

/** The element whose location a member has: itself, or the executor of an inline task. */
export const homeOf = (text: string): ElementId => {
  const id = parseMemberId(text, 'id');
  return id.executor === undefined ? id : { kind: 'executor', location: id.location, name: id.executor };
};

/** Whether this ID is that of an inline task, which is no element. */
export const isInline = (id: string): boolean => INLINE.test(id);
