import { resolve } from 'node:path';
import type { Joining } from '../../client/compositions.ts';
import type { NewLocation } from '../../client/locations.ts';
import { parseJoin } from '../../lib/composition/join-request.ts';
import { defined } from '../../lib/defined.ts';
import { parseElementRequest } from '../../lib/element/element-request.ts';
import { formatId, parseId, SCRATCH } from '../../lib/element/id.ts';
import { mergePatch } from '../../lib/element/merge-patch.ts';
import { formatMetadata, type Metadata, parseMetadata } from '../../lib/element/metadata.ts';
import type { MetadataJson } from '../../lib/element/shown-element.ts';
import { type Spec, type SpecSchema, specSchemaOf } from '../../lib/element/specs.ts';
import { type Issue, invalidRequest, TaskportError, within } from '../../lib/errors.ts';
import { isObject } from '../../lib/is-object.ts';
import { type Kind, pluralOf, rules } from '../../lib/kind/index.ts';
import { locationRequest } from '../../lib/location/location-schema.ts';
import { validate } from '../../lib/validation.ts';
import { tagIdOf } from '../tag-id.ts';
import { UsageError } from '../usage-error.ts';
import {
  API_VERSION,
  type compositionStates,
  type DocumentKind,
  documentSchemas,
} from './document-schema.ts';
import { judgeSpec, withoutNullVariables } from './judged-spec.ts';
import type { YamlDocument } from './yaml-documents.ts';

type Given = Readonly<Record<string, unknown>>;

/** A location as it is to be; `null` takes something away. */
export interface DeclaredLocation {
  readonly name: string;
  readonly said: Given;
  /** The same, as it is created. */
  readonly created: NewLocation;
}

/** An element as it is to be. */
export interface DeclaredElement {
  readonly id: string;
  readonly kind: Kind;
  readonly parentId?: string;
  readonly freeSpace?: number | null;
  readonly checksum?: string;
  readonly ro: MetadataJson;
  /** `null` takes a key away. */
  readonly rw: Readonly<Record<string, MetadataJson[string] | null>>;
  /** A merge patch: of its parent's where it is created, of its own where it is there. */
  readonly spec?: Spec;
  readonly schema: SpecSchema;
  /** A path, or bytes. */
  readonly data?: string | { readonly base64: string };
  readonly tasks: readonly string[];
}

/** A tag as it is to be: it names an image that is there, or one of a file; `null` removes it. */
export type DeclaredTag = { readonly id: string } & (
  | { readonly image: string | null }
  | { readonly data: string }
);

/** A composition as it is to be. */
export interface DeclaredComposition {
  readonly executorId: string;
  /** Absent where nothing is said of it. */
  readonly executor?: DeclaredElement;
  readonly members: readonly Joining[];
  readonly state: (typeof compositionStates)[number];
}

/** What a document declares. */
export type Declared = {
  /** What it is called to people: `location images`, an ID, `composition executor://…`. No two are called so. */
  readonly called: string;
  readonly kind: DocumentKind;
  /** What it needs first, where that is declared too. */
  readonly needs: readonly string[];
  /** The place in its file of what a path names. */
  at(path: string): string;
} & (
  | { readonly location: DeclaredLocation }
  | { readonly element: DeclaredElement }
  | { readonly tag: DeclaredTag }
  | { readonly composition: DeclaredComposition }
);

type Read = DistributedOmit<Declared, 'at' | 'kind'>;
type DistributedOmit<T, K extends PropertyKey> = T extends unknown ? Omit<T, K> : never;

const fullId = (kind: Kind, text: string): string =>
  text.includes('://') || text === SCRATCH ? text : `${kind}://${text}`;

/** What it needs of others: the location that it is in, and they. */
const needsOf = (...ids: readonly (string | undefined)[]): string[] =>
  ids.flatMap((id) => {
    const [, location] = /^\w+:\/\/([^/]+)\//.exec(id ?? '') ?? [];
    return id === undefined || location === undefined ? [] : [`location ${location}`, id];
  });

const locationOf = ({ keeps: kind, ...given }: Given): Read => {
  const said: Given = { ...given, kind };
  const { grants, allow, ...rest } = said;
  const created = {
    ...rest,
    ...defined({ grants: grants ?? undefined, allow: isObject(allow) ? mergePatch({}, allow) : undefined }),
  } as NewLocation;
  validate(locationRequest, created);
  const { name } = created;
  return { called: `location ${name}`, needs: [], location: { name, said, created } };
};

/** The metadata in the form that the service shows it in. */
const mapsOf = ({
  ro = {},
  rw = {},
}: {
  ro?: Given;
  rw?: Given;
} = {}): Pick<DeclaredElement, 'ro' | 'rw'> => {
  const gone = Object.fromEntries(Object.entries(rw).filter(([, value]) => value === null));
  try {
    parseMetadata({ rw: gone }, [], true);
    const kept = parseMetadata({ ro, rw: mergePatch({}, rw) as Given }, [], false);
    const shown = (map: 'ro' | 'rw') => formatMetadata(kept[map] as Metadata);
    return { ro: shown('ro'), rw: { ...shown('rw'), ...(gone as Record<string, null>) } };
  } catch (error) {
    const { entries = [] } = (error as TaskportError).members as {
      entries?: { key: string; reason: string }[];
    };
    throw invalidRequest(...entries.map(({ key, reason }) => ({ path: `metadata.${key}`, message: reason })));
  }
};

const isParent = (kind: Kind, id: string): boolean =>
  id === SCRATCH
    ? rules[kind].fromScratch === true
    : rules[kind].parents.includes(parseId(id, 'parentId').kind);

const readElement = async (kind: Kind, said: Given, directory = ''): Promise<DeclaredElement> => {
  const { id: text, parentId: parent, metadata, spec, data, freeSpace, checksum, tasks = [] } = said;
  const id = fullId(kind, text as string);
  const parentId = parent === undefined ? undefined : fullId(kind, parent as string);
  const { ro, rw } = mapsOf(metadata as Given | undefined);
  const inline = isObject(data) ? data : data === undefined ? undefined : { base64: '' };
  // As it is created, all that the service would say of it is said with its place.
  parseElementRequest({
    id,
    ...defined({ parentId, checksum, freeSpace: freeSpace ?? undefined, data: inline }),
  });
  if (parseId(id, 'id').kind !== kind)
    throw invalidRequest({ path: 'id', message: `is not the ID of ${rules[kind].called}` });
  if (parentId !== undefined && !isParent(kind, parentId)) {
    const parents = pluralOf(rules[kind].parents);
    throw invalidRequest({
      path: 'parentId',
      message: `is none of ${rules[kind].called}: these have ${parents}`,
    });
  }
  const schema = await specSchemaOf(kind);
  if (spec !== undefined) judgeSpec(schema, spec, 'spec');
  const taskIds = (tasks as string[]).map((task, at) => {
    const path = `tasks[${at}]`;
    const parsed = parseId(fullId('task', task), path);
    if (rules[parsed.kind].joins !== 'run') throw invalidRequest({ path, message: 'is no ID of a task' });
    return formatId(parsed);
  });
  const given = typeof data === 'string' ? resolve(directory, data) : data;
  return {
    ...{ id, kind, ro, rw, schema, tasks: taskIds },
    ...(defined({ parentId, freeSpace, checksum, spec, data: given }) as object),
  };
};

const elementOf = async (kind: Kind, said: Given, directory: string): Promise<Read> => {
  const element = await readElement(kind, said, directory);
  const { id, parentId, tasks } = element;
  return { called: id, needs: needsOf(id, parentId, ...tasks).filter((need) => need !== id), element };
};

const tagOf = ({ id: text, image: said, data }: Given, directory: string): Read => {
  const id = tagIdOf(text as string);
  if ((said === undefined) === (data === undefined))
    throw invalidRequest({
      path: 'image',
      message: 'or else `data` says what the tag names: one of the two',
    });
  if (data !== undefined)
    return {
      called: id,
      needs: needsOf(id).slice(0, 1),
      tag: { id, data: resolve(directory, data as string) },
    };
  const image = said === null ? null : fullId('image', said as string);
  if (image !== null && parseId(image, 'image').kind !== 'image')
    throw invalidRequest({ path: 'image', message: 'is not the ID of an image' });
  const needs = needsOf(id, image ?? undefined).filter((need) => need !== id);
  return { called: id, needs, tag: { id, image } };
};

const compositionOf = async (said: Given): Promise<Read> => {
  const { executorId: text, executor, members: given = [], state = 'bound' } = said;
  const executorId = fullId('executor', text as string);
  const id = parseId(executorId, 'executorId');
  if (id.kind !== 'executor')
    throw invalidRequest({ path: 'executorId', message: 'is the ID of an executor' });
  const members = given as Joining[];
  const requests = members.map((member, at) => parseJoin(member, id, `members[${at}]`));
  const ids = requests.map((request) => formatId(request.id));
  for (const [at, each] of ids.entries())
    if (ids.indexOf(each) < at)
      throw invalidRequest({
        path: `members[${at}]`,
        message: `is \`members[${ids.indexOf(each)}]\` already`,
      });
  const { taskSpec } = await import('../../lib/element/spec-schemas.ts');
  for (const [at, request] of requests.entries()) {
    const [path, spec] = 'spec' in request ? ['task.spec', request.spec] : ['overrides', request.overrides];
    if (spec !== undefined) judgeSpec(taskSpec, withoutNullVariables(spec), `members[${at}].${path}`);
  }
  const element =
    executor === undefined
      ? undefined
      : await within('executor', () => readElement('executor', { id: executorId, ...(executor as Given) }));
  const storage = members.map((member) => ('storageId' in member ? member.storageId : undefined));
  return {
    called: `composition ${executorId}`,
    needs: needsOf(executorId, ...ids, ...storage),
    composition: {
      executorId,
      members,
      state: state as DeclaredComposition['state'],
      ...defined({ executor: element }),
    },
  };
};

const readAs = (kind: DocumentKind, said: Given, directory: string): Promise<Read> | Read => {
  if (kind === 'Location') return locationOf(said);
  if (kind === 'Composition') return compositionOf(said);
  if (kind === 'Tag') return tagOf(said, directory);
  return elementOf(kind.toLowerCase() as Kind, said, directory);
};

/** What is wrong, with its place where it has one. */
const issuesOf = ({ message, members: { issues } }: TaskportError): readonly Issue[] =>
  (issues as Issue[] | undefined) ?? [{ path: '', message }];

/** Reads what a document declares; paths in it are relative to the directory. Throws `UsageError` that names the place of each thing that is wrong. */
export const declare = async ({ value, at }: YamlDocument, directory: string): Promise<Declared> => {
  const refuse = (...issues: readonly Issue[]): never => {
    const lines = issues.map(({ path, message }) =>
      [at(path), path, message].filter((part) => part !== '').join(': '),
    );
    throw new UsageError(lines.join('\n'));
  };
  const { apiVersion, kind, ...said } = isObject(value)
    ? value
    : refuse({
        path: '',
        message: `is no document: it begins with \`apiVersion: ${API_VERSION}\` and \`kind\``,
      });
  if (apiVersion !== API_VERSION)
    refuse({ path: 'apiVersion', message: `is needed, and is \`${API_VERSION}\`` });
  if (typeof kind !== 'string' || !Object.hasOwn(documentSchemas, kind))
    refuse({ path: 'kind', message: `is one of ${Object.keys(documentSchemas).join(', ')}` });
  const is = kind as DocumentKind;
  try {
    // Each member is judged on its own, so that what is wrong with it is told by its place.
    const { members, ...outline } = said;
    const isListed = is === 'Composition' && Array.isArray(members) && members.length <= 30;
    validate(documentSchemas[is], isListed ? outline : said);
    return { ...(await readAs(is, said, directory)), kind: is, at };
  } catch (error) {
    if (error instanceof TaskportError) refuse(...issuesOf(error));
    throw error;
  }
};
