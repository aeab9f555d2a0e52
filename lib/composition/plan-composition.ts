import { defined } from '../defined.ts';
import type { ElementRecord } from '../element/element.ts';
import type { ExecutorSpec } from '../element/executor-spec.ts';
import { parseId } from '../element/id.ts';
import type { ImageSpec } from '../element/image-spec.ts';
import { locate, notFound } from '../element/located.ts';
import type { LogSpec } from '../element/log-spec.ts';
import { decodeText } from '../element/metadata.ts';
import { readable } from '../element/page.ts';
import { TaskportError } from '../errors.ts';
import { rules } from '../kind/index.ts';
import { permits } from '../location/access.ts';
import type { Location } from '../location/location.ts';
import type { Principal } from '../principal.ts';
import { reasonsOf, withExport } from './asking.ts';
import {
  boundTasks,
  type Composition,
  isStorage,
  isTask,
  type Member,
  type StorageMember,
} from './composition.ts';
import type { CompositionDependencies } from './dependencies.ts';
import type { Handle } from './handle.ts';
import { withKnownPaths } from './known-paths.ts';
import { executorOf, readNamed } from './operation.ts';
import { compose } from './plan/composed-container.ts';
import type { Layer, PlanInput, PlannedStorage } from './plan/plan-input.ts';
import type { Target } from './plan/target.ts';
import { type Plan, renderFor } from './plan/targets.ts';
import { imageAtRoot } from './root-image.ts';

/** The members of a plan: those that are bound; or all of them, before a task is bound. */
const planned = (composition: Composition): readonly Member[] =>
  boundTasks(composition).length > 0 ? composition.members.filter(({ bound }) => bound) : composition.members;

const toLayer = ({ attributes, ro }: ElementRecord): Layer => {
  const { id, digest, checksum, size, unpackedSize } = attributes;
  const text = Object.entries(ro).flatMap(([key, bytes]): [string, string][] => {
    const value = decodeText(bytes);
    return value === undefined ? [] : [[key, value]];
  });
  return defined({ id, digest, checksum, size, unpackedSize, ro: Object.fromEntries(text) });
};

/** The layers of an element: those that it refers to, then its own. */
const toLayers = (record: ElementRecord): Layer[] => [
  ...(record.layers ?? []).map(({ id, digest, size, unpackedSize }) => ({
    id,
    checksum: digest,
    size,
    unpackedSize,
    ro: {},
  })),
  toLayer(record),
];

/** The places of the data of elements, and of the layers that they refer to. */
const blobsOf = (records: Iterable<ElementRecord>): ReadonlyMap<string, string> =>
  new Map(
    [...records].flatMap(({ attributes: { id }, blob, layers = [] }) => [
      ...(blob === undefined ? [] : [[id, blob] as const]),
      ...layers.map((layer) => [layer.id, layer.blob] as const),
    ]),
  );

const toStorage = (
  { id, kind, reference, mount, attachment, bind }: StorageMember,
  record: ElementRecord,
  location: Location,
  records: ReadonlyMap<string, ElementRecord>,
): PlannedStorage => {
  const chain = [...record.ancestors.toReversed(), id].flatMap((each) => records.get(each) ?? []);
  const { digest, capacity, createdAt } = record.attributes;
  return {
    ...withExport(id, location),
    kind,
    instance: bind ?? (rules[kind].keepsWrites ? createdAt : reference),
    mount,
    layers: chain.flatMap(toLayers),
    ...defined({ digest, capacity, attachment }),
  };
};

/** The dependencies of a plan. */
type PlanDependencies = Pick<CompositionDependencies, 'compositions' | 'elements' | 'known'> & {
  readonly blobs: Pick<CompositionDependencies['blobs'], 'readPaths'>;
};

/**
 * Throws `permission-denied` [hidden] unless the principal may read everything in the plan: a plan is complete
 * or refused, and it never names what the principal may not read.
 */
const assertReadable = async (
  { known }: Pick<PlanDependencies, 'known'>,
  principal: Principal,
  { executor, storage, tasks, logs }: PlanInput,
): Promise<void> => {
  const chains = storage.flatMap(({ layers }) => layers);
  const shown = new Set([...chains, ...tasks, ...logs].map(({ id }) => id));
  const { hidden } = await readable(known, principal, [...shown], (id) => id);
  if (hidden === 0) return;
  const detail = `the plan shows ${hidden} ${hidden === 1 ? 'element' : 'elements'} that you may not read: ask for a grant of \`read\` on them, or of \`execute\` in the location of ${executor.id}, which shows all of it`;
  throw new TaskportError('permission-denied', detail, { action: 'execute', hidden });
};

/** Reads all parts of a plan. Members cannot be deleted while they are joined, nor can their ancestors. */
const gather = async (
  { blobs, elements, known }: PlanDependencies,
  composition: Composition,
): Promise<PlanInput> => {
  const members = planned(composition);
  const named = members.filter((member) => !isTask(member)).map(({ id }) => id);
  const [executor, ...found] = await elements.getAll([composition.executorId, ...named]);
  if (!executor) throw notFound(executorOf(composition));
  const own = new Map(found.flatMap((record) => (record ? [[record.attributes.id, record]] : [])));
  const missing = [...new Set([...own.values()].flatMap(({ ancestors }) => ancestors))].filter(
    (id) => !own.has(id),
  );
  const ancestors = await elements.getAll(missing);
  const records = new Map([
    ...own,
    ...ancestors.flatMap((record): [string, ElementRecord][] =>
      record ? [[record.attributes.id, record]] : [],
    ),
  ]);
  const root = imageAtRoot(members);
  const image = root && {
    id: root.id,
    spec: root.spec ?? ((records.get(root.id)?.spec ?? {}) as ImageSpec),
  };
  const blobOf = blobsOf(records.values());
  const storage = members.filter(isStorage).map(async (member) => {
    const record = own.get(member.id);
    if (!record) throw notFound(parseId(member.id, 'id'));
    return toStorage(member, record, await known.get(parseId(member.id, 'id').location), records);
  });
  return {
    executor: { id: composition.executorId, spec: (executor.spec ?? {}) as ExecutorSpec },
    ...defined({ image }),
    storage: await withKnownPaths(blobs, await Promise.all(storage), (id) => blobOf.get(id)),
    tasks: members.filter(isTask).map(({ id, task: { run, spec, overridden, boundBy } }) => ({
      id,
      attempt: run.attempt,
      spec,
      ...defined({ overridden, boundBy }),
    })),
    logs: members
      .filter(({ kind }) => kind === 'log')
      .map(({ id }) => ({ id, spec: (own.get(id)?.spec ?? {}) as LogSpec })),
  };
};

/**
 * The document by which a target runs a composition: the bound members, or all of them before a task is bound.
 * It takes the permission to execute, or to read everything in the plan. Throws `stale-handle`,
 * `permission-denied`, and `unsupported-by-target` with every reason why there is no plan.
 */
export const planComposition = async (
  deps: PlanDependencies,
  principal: Principal,
  handle: Handle,
  target: Target,
): Promise<Plan> => {
  const id = executorOf(handle);
  const mayExecute = permits(await deps.known.get(id.location), principal, 'execute');
  const location = await locate(deps.known, principal, id, mayExecute ? 'execute' : 'read');
  const input = await gather(deps, await readNamed(deps, handle));
  if (!mayExecute) await assertReadable(deps, principal, input);
  const rendered = renderFor(target, compose(input));
  const refused = reasonsOf(location, input);
  if ('plan' in rendered && refused.length === 0) return rendered.plan;
  const reasons = [...refused, ...('plan' in rendered ? [] : rendered.reasons)];
  const detail = reasons.map(({ path, message }) => `${path}: ${message}`).join('; ');
  throw new TaskportError('unsupported-by-target', `${target} cannot run the composition: ${detail}`, {
    reasons,
  });
};
