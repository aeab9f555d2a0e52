import { TaskportError } from '../errors.ts';
import { rulesOf } from '../kind/index.ts';
import type { Caller } from '../principal.ts';
import type { ElementDependencies } from './dependencies.ts';
import type { ElementRecord } from './element.ts';
import { checkData, stageData, wrongSize } from './element-data.ts';
import { assertInlineSize } from './element-request.ts';
import { type ElementId, formatId } from './id.ts';
import { locate, notFound } from './located.ts';
import { acceptData } from './upload/settle-upload.ts';

/**
 * Stores the data of a `pending` element and makes it `ready`. Throws `not-found`, `invalid-state` [state],
 * `payload-too-large`, `data-error` for another size than the element announces, and the problems of
 * `checkData`.
 */
export const putData = async (
  deps: ElementDependencies,
  caller: Caller,
  id: ElementId,
  bytes: Uint8Array,
): Promise<ElementRecord> => {
  assertInlineSize(bytes.length);
  const location = await locate(deps.known, caller.principal, id, 'create');
  const former = await deps.elements.get(formatId(id));
  if (!former) throw notFound(id);
  const { state, size, checksum } = former.attributes;
  if (state !== 'pending' || former.upload?.verification) {
    throw new TaskportError(
      'invalid-state',
      `${formatId(id)} is ${state} and awaits no data: create another element with \`data: {"upload": true}\``,
      { state },
    );
  }
  if (size !== undefined && size !== bytes.length) {
    throw wrongSize(size, bytes.length);
  }
  const rules = rulesOf(location);
  const inspection = await checkData(bytes, rules, checksum);
  const blob = await stageData(deps, bytes, inspection.paths);
  return acceptData(deps, former, inspection, { key: blob, staged: true }, { location, caller });
};
