import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { isDeepStrictEqual } from 'node:util';
import type { ElementPatch, NewElement, ReadElement } from '../../client/elements.ts';
import type { Tagged } from '../../client/http.ts';
import { ABSENT } from '../../client/problem-error.ts';
import { defined } from '../../lib/defined.ts';
import { mergeSpec } from '../../lib/element/environment.ts';
import { SCRATCH } from '../../lib/element/id.ts';
import { mergePatch } from '../../lib/element/merge-patch.ts';
import type { Spec, SpecSchema } from '../../lib/element/specs.ts';
import { type Kind, rules } from '../../lib/kind/index.ts';
import { unchangeable } from '../../lib/kind/unchangeable.ts';
import { packedOf, pushData } from '../actions/transfers.ts';
import { recogniseImage } from '../push/packaged-image.ts';
import { withSource } from '../push/pushed-source.ts';
import type { Session } from '../session.ts';
import { unlessAbsent } from '../unless-absent.ts';
import { UsageError } from '../usage-error.ts';
import type { DeclaredElement } from './declared-element.ts';
import { type Change, changing, creating, differences, type Plan } from './plan.ts';

type Found = Tagged<ReadElement>;

const FAILED = 'the service refused its data: delete it, or wait a quarter of an hour until it is gone';

/** A specification after a merge patch, in the service's form. */
const specAfter = (kind: Kind, schema: SpecSchema, kept: unknown, patch: unknown): Spec => {
  const merged = (rules[kind].mergesEnv ? mergeSpec : mergePatch)(kept, patch) as Spec;
  const parsed = schema.safeParse(merged);
  // The merged specification may break a rule; it differs all the same.
  return parsed.success ? parsed.data : merged;
};

const specChanges = ({ kind, schema, spec }: DeclaredElement, { spec: kept = {} }: Found): Change[] => {
  if (spec === undefined) return [];
  return differences(kept, specAfter(kind, schema, kept, spec), 'spec');
};

/** The checksum of the data to send. */
const checksumOf = async (session: Session, kind: Kind, path: string, algorithm: string): Promise<string> =>
  withSource(session, path, async ({ isDirectory }) => {
    const hash = createHash(algorithm);
    const bytes = isDirectory ? await packedOf(session, kind, path) : createReadStream(path);
    for await (const chunk of bytes) hash.update(chunk as Uint8Array);
    return `${algorithm}:${hash.digest('hex')}`;
  });

const dataChange = async (
  session: Session,
  { kind, data, checksum }: DeclaredElement,
  found: Found,
): Promise<Change[]> => {
  if (data === undefined) return [];
  const path = 'data';
  if (found.checksum === undefined) return [{ path, to: typeof data === 'string' ? data : 'bytes' }];
  const algorithm = found.checksum.slice(0, found.checksum.indexOf(':'));
  const to = checksum?.startsWith(`${algorithm}:`)
    ? checksum
    : typeof data === 'string'
      ? await checksumOf(session, kind, data, algorithm)
      : `${algorithm}:${createHash(algorithm).update(Buffer.from(data.base64, 'base64')).digest('hex')}`;
  return differences(found.checksum, to, path);
};

/** The existing element for an ID or a tag; undefined if there is none. */
const meantBy = async ({ taskport, call }: Session, id: string): Promise<string | undefined> =>
  (await unlessAbsent(taskport.elements.read(id, { fields: ['attributes'], ...call }), ABSENT))?.id;

const parentChange = async (
  session: Session,
  { parentId }: DeclaredElement,
  { parentId: kept }: Found,
): Promise<Change[]> => {
  if (parentId === undefined || parentId === kept) return [];
  // A tag means the image that it names now; children keep their parent.
  const meant = parentId === SCRATCH ? undefined : await meantBy(session, parentId);
  return meant === kept ? [] : [{ path: 'parentId', from: kept, to: meant ?? parentId }];
};

/** The new element, without its data. */
export const newElement = ({ id, parentId, freeSpace, ro, rw, spec }: DeclaredElement): NewElement => ({
  id,
  ...(defined({
    parentId,
    freeSpace: freeSpace ?? undefined,
    metadata: { ro, rw: mergePatch({}, rw) as DeclaredElement['ro'] },
    spec: spec && mergePatch({}, spec),
  }) as Omit<NewElement, 'id'>),
});

/** Sends the data, which creates the element if it does not exist. */
const push = async (session: Session, declared: DeclaredElement): Promise<void> => {
  const { kind, data, checksum } = declared;
  const element = newElement(declared);
  if (data === undefined) return void (await session.taskport.elements.create(element, session.call));
  if (typeof data !== 'string')
    return void (await session.taskport.elements.create(
      { ...element, data, ...defined({ checksum }) },
      session.call,
    ));
  await withSource(session, data, async (source) => {
    const packaged = kind === 'image' ? await recogniseImage(data, source.isDirectory) : undefined;
    if (packaged)
      throw new UsageError(
        `${data} is ${packaged.is}: a document of the kind Tag takes it, and one of the kind Image one layer`,
      );
    await pushData(session, element, source, defined({ checksum }));
  });
};

const associate = async (
  { taskport, call }: Session,
  id: string,
  tasks: readonly string[],
): Promise<void> => {
  for (const task of tasks) await taskport.elements.associate(id, task, call);
};

/** The changes of an existing element. */
const patchOf = (declared: DeclaredElement, found: Found): { changes: Change[]; patch: ElementPatch } => {
  const { kind, rw, freeSpace, spec } = declared;
  const kept = found.metadata?.rw ?? {};
  const changed = Object.keys(rw).filter((key) => !isDeepStrictEqual(kept[key] ?? null, rw[key]));
  const ofSpace = freeSpace === undefined ? [] : differences(found.freeSpace, freeSpace, 'freeSpace');
  const ofSpec = specChanges(declared, found).filter(({ path }) => isChangeable(kind, path));
  const fields = [...new Set(ofSpec.map(({ path }) => path.split('.')[1] ?? ''))];
  return {
    changes: [
      ...changed.map((key) => ({ path: `metadata.rw.${key}`, from: kept[key], to: rw[key] ?? undefined })),
      ...ofSpace,
      ...ofSpec,
    ],
    patch: defined({
      metadata:
        changed.length === 0
          ? undefined
          : { rw: Object.fromEntries(changed.map((key) => [key, rw[key] ?? null])) },
      freeSpace: ofSpace.length === 0 ? undefined : freeSpace,
      spec:
        fields.length === 0 ? undefined : Object.fromEntries(fields.map((field) => [field, spec?.[field]])),
    }) as ElementPatch,
  };
};

const isChangeable = (kind: Kind, path: string): boolean =>
  rules[kind].changeable.includes(path.split('.')[1] ?? '');

/** The changes of an element. */
export const planElement = async (session: Session, declared: DeclaredElement): Promise<Plan> => {
  const { taskport, call } = session;
  const { id, kind, ro, data, tasks } = declared;
  const found = await unlessAbsent(taskport.elements.read(id, call), ABSENT);
  if (!found)
    return creating(async () => {
      await push(session, declared);
      await associate(session, id, tasks);
    });
  const kept = found.metadata?.ro ?? {};
  const ofData = await dataChange(session, declared, found);
  const isAwaited = found.state === 'pending' || found.state === 'verifying';
  const isSent = isAwaited && typeof data === 'string';
  const missing = tasks.filter((task) => !found.tasks?.some((one) => one.id === task));
  const { changes, patch } = patchOf(declared, found);
  const fixed = [
    ...(await parentChange(session, declared, found)),
    ...Object.keys(ro).flatMap((key) => differences(kept[key], ro[key], `metadata.ro.${key}`)),
    ...specChanges(declared, found).filter(({ path }) => !isChangeable(kind, path)),
    // A task may have written to the volume since: the plan compares its data below.
    ...(rules[kind].replaceable ? [] : ofData),
  ];
  const wayOut = unchangeable(declared.kind, rules[declared.kind], declared.id);
  const all = [
    ...changes,
    ...(isSent ? [{ path: 'data', from: found.state, to: 'ready' }] : []),
    ...missing.map((task) => ({ path: 'tasks', to: task })),
  ];
  return changing(
    all,
    async () => {
      if (isSent) await push(session, declared);
      if (changes.length > 0) await taskport.elements.update(id, patch, { ...call, ifMatch: found.etag });
      await associate(session, id, missing);
    },
    {
      refusals: [
        ...fixed.map((change) => ({ ...change, wayOut })),
        ...(found.state === 'failed' ? [{ path: 'data', from: 'failed', wayOut: FAILED }] : []),
      ],
      notes:
        rules[kind].replaceable && ofData.length > 0
          ? [
              `${id} has other data than it began with, or ${typeof data === 'string' ? data : 'its declared data'} was changed: \`taskport ${kind} push --replace\` replaces it`,
            ]
          : [],
    },
  );
};
