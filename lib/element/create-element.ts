import { defined } from '../defined.ts';
import { type Idempotency, type Outcome, once } from '../idempotency.ts';
import type { Caller } from '../principal.ts';
import { readCreated } from './created-element.ts';
import type { ElementDependencies } from './dependencies.ts';
import type { ElementRecord } from './element.ts';
import { stageData } from './element-data.ts';
import { parseElementRequest } from './element-request.ts';
import type { Insertion } from './element-store.ts';
import { hidingHolder } from './hidden-holder.ts';
import { type ElementId, formatId } from './id.ts';
import { locate } from './located.ts';
import { assertParent, usableParent } from './parent.ts';
import { build, making, type Prepared, prepare } from './prepared-element.ts';
import type { PushedParts } from './registry/making.ts';
import { throughTag } from './registry/meant-element.ts';
import { type Upload, withUpload } from './upload/upload.ts';

/** Adds the prepared element, under its parent if it has one. */
const insert = async (
  deps: ElementDependencies,
  prepared: Prepared,
  insertion: Omit<Insertion, 'record'>,
): Promise<ElementRecord> => {
  const { id, parent } = prepared.request;
  if (prepared.pushed) {
    const { pushed } = prepared;
    const { insertPushed } = await making();
    const insertBelow = (meant?: ElementId) => {
      const derive = (found: ElementRecord | undefined, parts: PushedParts) =>
        build(prepared, meant && usableParent(found, meant), parts);
      return insertPushed(deps, pushed, defined({ id, parent: meant }), derive, insertion);
    };
    return parent ? throughTag(deps.tags, parent, insertBelow) : insertBelow();
  }
  if (parent) {
    return throughTag(deps.tags, parent, (meant) => {
      const derive = (found: ElementRecord | undefined) => build(prepared, usableParent(found, meant));
      return deps.elements.insertUnder(formatId(meant), formatId(id), derive, insertion);
    });
  }
  const record = build(prepared, undefined);
  await deps.elements.insert({ ...insertion, record });
  return record;
};

/**
 * Creates an element: with data it is `ready` at once, with an upload `pending` until its data has arrived.
 * Throws every problem of the specification's Create, in the order syntax, location, permission, policy, entries
 * and specification, data, parent, collision, space.
 */
export const createElement = async (
  deps: ElementDependencies,
  caller: Caller,
  body: unknown,
  idempotency?: Idempotency,
): Promise<Outcome<ElementRecord>> => {
  const request = parseElementRequest(body);
  const effect = async (): Promise<ElementRecord> => {
    const location = await locate(deps.known, caller.principal, request.id, 'create');
    const judged = await prepare(deps, caller, request, location);
    await assertParent(deps, caller, request, judged.rules);
    const bytes = request.data instanceof Uint8Array ? request.data : undefined;
    const blob = bytes && (await stageData(deps, bytes, judged.checked?.paths));
    const insertion = defined({ location, caller, idempotency });
    const insertWith = (upload?: Upload): Promise<ElementRecord> =>
      hidingHolder(deps.known, caller.principal, () => insert(deps, { ...judged, blob, upload }, insertion));
    const { data, size, checksum } = request;
    // Without size and checksum, the caller sends the data through the API.
    return data === 'upload' && size !== undefined && checksum !== undefined
      ? withUpload(deps, size, checksum, insertWith)
      : insertWith();
  };
  return once(deps.idempotency, idempotency, effect, () => readCreated(deps, caller, request));
};
