import { TaskportError } from '../errors.ts';
import type { Caller } from '../principal.ts';
import type { ElementDependencies } from './dependencies.ts';
import type { ElementRecord } from './element.ts';
import { checkData, stageData } from './element-data.ts';
import { assertInlineSize } from './element-request.ts';
import { type ElementId, formatId } from './id.ts';
import { rulesOf } from './kinds/index.ts';
import { locate, notFound } from './located.ts';
import { spaceAttributes } from './space.ts';

/**
 * Gives a `pending` element its data and makes it `ready`. Throws `not-found`, `invalid-state` [state],
 * `payload-too-large`, `data-error` for another size than was said, and what `checkData` throws.
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
  const { state, size, checksum, freeSpace, capacity: _, resizedFrom: __, ...attributes } = former.attributes;
  if (state !== 'pending') {
    throw new TaskportError('invalid-state', `${formatId(id)} is ${state} and awaits no data`, { state });
  }
  if (size !== undefined && size !== bytes.length) {
    throw new TaskportError('data-error', `the data has ${bytes.length} bytes, not ${size}`, {
      expected: size,
      actual: bytes.length,
    });
  }
  const rules = rulesOf(location);
  const data = await checkData(bytes, rules, checksum);
  const blob = await stageData(deps, bytes);
  const { dueAt: ___, ...kept } = former;
  const record: ElementRecord = {
    ...kept,
    attributes: {
      ...attributes,
      ...data,
      ...spaceAttributes(rules.hasSpace, former.base, data.unpackedSize ?? 0, freeSpace),
      state: 'ready',
      revision: attributes.revision + 1,
      modifiedAt: new Date(deps.now()).toISOString(),
      modifiedBy: caller.principal,
    },
    blob,
  };
  await deps.elements.replace({ record, former, location, caller });
  return record;
};
