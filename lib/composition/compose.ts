import { isDeepStrictEqual } from 'node:util';
import * as z from 'zod/mini';
import { defined } from '../defined.ts';
import type { ElementRecord } from '../element/element.ts';
import { elementRequest, parseElementRequest } from '../element/element-request.ts';
import { hidingHolder } from '../element/hidden-holder.ts';
import { formatId } from '../element/id.ts';
import { locate, notFound } from '../element/located.ts';
import { elementFor } from '../element/prepared-element.ts';
import { invalidRequest, TaskportError, within } from '../errors.ts';
import { optional } from '../facts.ts';
import { opaque } from '../formats.ts';
import { type Idempotency, type Outcome, once, unwritten } from '../idempotency.ts';
import { isObject } from '../is-object.ts';
import { assertPermitted, assertWritable } from '../location/access.ts';
import type { Caller } from '../principal.ts';
import { validate } from '../validation.ts';
import { bindAll } from './bind.ts';
import { assertOpen } from './closing.ts';
import { type Composition, MAX_MEMBERS, nextComposition } from './composition.ts';
import type { CompositionDependencies } from './dependencies.ts';
import { parseHandle, staleHandle } from './handle.ts';
import { joinTogether } from './join.ts';
import { joinRequest, parseJoin } from './join-request.ts';
import { emptyComposition, openRequest, parseExecutor } from './open-composition.ts';
import { executorOf, readAfter } from './operation.ts';

const members = <T extends z.ZodMiniType>(member: T) =>
  optional(
    z.array(member).check(z.maxLength(MAX_MEMBERS)),
    'The elements and inline tasks that join. Either all of them join, or none.',
  );

/** The executor, and all changes to make to its composition in one step. */
export const composeRequest = z.strictObject({
  ...openRequest.shape,
  executor: optional(
    z.strictObject({
      metadata: elementRequest.shape.metadata,
      spec: elementRequest.shape.spec,
    }),
    'The executor to create if it does not exist. An existing executor must have this specification and this `ro` metadata.',
  ),
  members: members(joinRequest),
  bind: optional(
    z.boolean(),
    'Whether the service also binds every member that is not bound yet. Default: `false`.',
  ),
  handle: optional(
    opaque,
    'The latest handle of the composition. Required if the composition exists and the request has more than `executorId`.',
  ),
});

const anyMembers = z._default(members(z.unknown()), []);

/** It validates each member separately, so that an error names the member by its place. */
const validateAll = (body: unknown) => {
  if (!isObject(body)) return { ...validate(composeRequest, body), members: [] };
  const { members: said, ...rest } = body;
  return { ...validate(composeRequest, rest), members: validate(anyMembers, said, 'members') };
};

const parse = (deployment: string, body: unknown) => {
  const { executorId: text, executor, members: said, bind = false, handle } = validateAll(body);
  const id = parseExecutor(text);
  const executorId = formatId(id);
  const requests = said.map((each, at) => parseJoin(each, id, `members[${at}]`));
  const ids = requests.map((request) => formatId(request.id));
  for (const [at, each] of ids.entries()) {
    if (ids.indexOf(each) === at) continue;
    const path = `members[${at}].${'spec' in (requests[at] ?? {}) ? 'task.name' : 'id'}`;
    throw invalidRequest({
      path,
      message: `is that of \`members[${ids.indexOf(each)}]\` too: leave one of them out`,
    });
  }
  const parsed = handle === undefined ? undefined : parseHandle(deployment, handle);
  if (parsed && parsed.executorId !== executorId)
    throw invalidRequest({
      path: 'handle',
      message: `is of ${parsed.executorId}, not of ${executorId}: send the handle of that`,
    });
  const request = executor && within('executor', () => parseElementRequest({ id: executorId, ...executor }));
  return { id, executorId, request, requests, bind, nonce: parsed?.nonce };
};

/** Throws `name-collision` if the existing executor differs from the requested one. */
const assertSame = (
  { attributes: { id }, spec = {}, ro }: ElementRecord,
  made: ElementRecord,
  saysSpec: boolean,
): void => {
  const isOther = (what: string): TaskportError => {
    const detail = `${id} exists already with other ${what}: take another name, or leave out \`executor\``;
    return new TaskportError('name-collision', detail, { id });
  };
  if (saysSpec && !isDeepStrictEqual(spec, made.spec ?? {})) throw isOther('specification');
  for (const [key, value] of Object.entries(made.ro))
    if (!Object.hasOwn(ro, key) || !isDeepStrictEqual(ro[key], value)) throw isOther(`metadata: ro.${key}`);
};

/** Throws if the handle is missing, or names an older state. */
const assertHandle = (former: Composition | undefined, nonce: string | undefined): void => {
  if (former) assertOpen(former);
  if (former?.nonce === nonce) return;
  if (nonce !== undefined) throw staleHandle();
  const detail = `${former?.executorId} has a composition already: ask for its handle, and send it as \`handle\``;
  throw new TaskportError('stale-handle', detail);
};

/**
 * Creates an executor if it does not exist, joins elements and inline tasks to it, and binds all members: all of
 * it in one step, or nothing (docs/adr/0045). Throws the errors of a create, a join and a bind, `stale-handle`
 * for an existing composition without its latest handle, and `name-collision` for an existing executor that
 * differs.
 */
export const composeAtOnce = async (
  deps: CompositionDependencies,
  caller: Caller,
  body: unknown,
  idempotency?: Idempotency,
): Promise<Outcome<Composition>> => {
  const { id, executorId, request, requests, bind, nonce } = parse(deps.deployment, body);
  const effect = async (): Promise<Composition> => {
    const { principal } = caller;
    const location = await locate(deps.known, principal, executorOf({ executorId }), 'compose');
    const record = request && (await within('executor', () => elementFor(deps, caller, request, location)));
    const at = new Date(deps.now()).toISOString();
    const next = deps.newId();
    return joinTogether(deps, {
      caller,
      executorId,
      requests,
      idempotency,
      looksAtExecutor: nonce === undefined || record !== undefined,
      async complete({ composition: former, executor }, joinTo) {
        assertHandle(former, nonce);
        if (executor && record) assertSame(executor, record, request.spec !== undefined);
        const known = executor ?? record;
        if (!former && !known) throw notFound(id);
        const made = !executor && !former && record ? { record, location } : undefined;
        if (made) {
          assertPermitted(location, principal, 'create');
          assertWritable(location, 'create');
        }
        const base = former ?? emptyComposition(deps, executorId, caller);
        const joined = { ...base, members: joinTo(base) };
        const { change = joined, ...beside } =
          (bind && (await bindAll(deps, joined, undefined, caller))) || {};
        const { members } = change;
        if (former && members === former.members) {
          await unwritten(deps.idempotency, idempotency, former);
          return undefined;
        }
        const composition = former
          ? nextComposition(former, { members }, at, caller, next)
          : { ...base, members };
        return { composition, ...beside, ...defined({ made }) };
      },
    });
  };
  return hidingHolder(deps.known, caller.principal, () =>
    once(deps.idempotency, idempotency, effect, (resource) => readAfter(deps, caller, resource)),
  );
};
