import { resolve } from 'node:path';
import type { Joining } from '../../client/compositions.ts';
import type { NewLocation } from '../../client/locations.ts';
import { parseJoin } from '../../lib/composition/join-request.ts';
import { defined } from '../../lib/defined.ts';
import { formatId, parseId } from '../../lib/element/id.ts';
import { mergePatch } from '../../lib/element/merge-patch.ts';
import { type Issue, invalidRequest, TaskportError, within } from '../../lib/errors.ts';
import { isObject } from '../../lib/is-object.ts';
import type { Kind } from '../../lib/kind/index.ts';
import { locationRequest } from '../../lib/location/location-schema.ts';
import { validate } from '../../lib/validation.ts';
import { tagIdOf } from '../tag-id.ts';
import { UsageError } from '../usage-error.ts';
import { type Around, type DeclaredElement, type Given, readElement } from './declared-element.ts';
import {
  API_VERSION,
  type compositionStates,
  type DocumentKind,
  documentSchemas,
} from './document-schema.ts';
import { eachJudged, issuesOf, withoutRepeated } from './issues.ts';
import { judgeSpec, withoutNullVariables } from './judged-spec.ts';
import { meantMembers } from './meant-members.ts';
import type { Names } from './meant-names.ts';
import { normalised } from './normalised.ts';
import type { YamlDocument } from './yaml-documents.ts';

/** A declared location; `null` removes a field. */
export interface DeclaredLocation {
  readonly name: string;
  readonly said: Given;
  /** The same, for its creation. */
  readonly created: NewLocation;
}

/** A declared tag: it names an existing image, or one of a file; `null` removes the tag. */
export type DeclaredTag = { readonly id: string } & (
  | { readonly image: string | null }
  | { readonly data: string }
);

/** A declared composition. */
export interface DeclaredComposition {
  readonly executorId: string;
  /** Absent if the document does not declare the executor. */
  readonly executor?: DeclaredElement;
  /** Whether the document or another one declares the executor. */
  readonly isDeclared: boolean;
  readonly members: readonly Joining[];
  readonly state: (typeof compositionStates)[number];
}

/** The declaration in a document. */
export type Declared = {
  /** Its unique name for people: `location images`, an ID, `composition executor://…`. */
  readonly called: string;
  readonly kind: DocumentKind;
  /** Declared things that it needs first. */
  readonly needs: readonly string[];
  /** The place in its file for a path. */
  at(path: string): string;
} & (
  | { readonly location: DeclaredLocation }
  | { readonly element: DeclaredElement }
  | { readonly tag: DeclaredTag }
  | { readonly composition: DeclaredComposition }
);

type Read = DistributedOmit<Declared, 'at' | 'kind'>;
type DistributedOmit<T, K extends PropertyKey> = T extends unknown ? Omit<T, K> : never;

/** What a document needs: the location, and other elements. */
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

const elementOf = async (kind: Kind, said: Given, around: Around): Promise<Read> => {
  const element = await readElement(kind, said, around);
  const { id, parentId, tasks } = element;
  return { called: id, needs: needsOf(id, parentId, ...tasks).filter((need) => need !== id), element };
};

const tagOf = ({ id: text, image: said, data }: Given, { directory, names }: Around): Read => {
  const id = tagIdOf(text as string);
  if ((said === undefined) === (data === undefined))
    throw invalidRequest({
      path: 'image',
      message: 'must be given, or `data` instead of it: one of the two',
    });
  if (data !== undefined)
    return {
      called: id,
      needs: needsOf(id).slice(0, 1),
      tag: { id, data: resolve(directory, data as string) },
    };
  const image = said === null ? null : names.full('image', said as string);
  if (image !== null && parseId(image, 'image').kind !== 'image')
    throw invalidRequest({ path: 'image', message: 'is not the ID of an image' });
  const needs = needsOf(id, image ?? undefined).filter((need) => need !== id);
  return { called: id, needs, tag: { id, image } };
};

const compositionOf = async (said: Given, around: Around): Promise<Read> => {
  const { executorId: text, executor, members: given = [], state = 'bound' } = said;
  const executorId = around.names.full('executor', text as string);
  const id = parseId(executorId, 'executorId');
  if (id.kind !== 'executor')
    throw invalidRequest({ path: 'executorId', message: 'is the ID of an executor' });
  const members = await meantMembers(given as Joining[], around.names);
  const { taskSpec } = await import('../../lib/element/spec-schemas.ts');
  const [ids, paths]: [string[], string[]] = [[], []];
  let element: DeclaredElement | undefined;
  await eachJudged(
    async () => {
      if (executor === undefined) return;
      const its = { id: executorId, ...(executor as Given) };
      element = await within('executor', () => readElement('executor', its, around));
    },
    ...members.map((member, at) => () => {
      const path = `members[${at}]`;
      const request = parseJoin(member, id, path);
      const of = formatId(request.id);
      const same = ids.indexOf(of);
      ids[at] = of;
      if (same >= 0) throw invalidRequest({ path, message: `is \`members[${same}]\` already` });
      const where = 'mount' in request && request.mount ? normalised(request.mount.path) : undefined;
      const other = where === undefined ? -1 : paths.indexOf(where);
      if (where !== undefined) paths[at] = where;
      if (other >= 0)
        throw invalidRequest({ path: `${path}.mount.path`, message: `is that of \`members[${other}]\`` });
      const [field, spec] =
        'spec' in request ? ['task.spec', request.spec] : ['overrides', request.overrides];
      if (spec !== undefined) judgeSpec(taskSpec, withoutNullVariables(spec), `${path}.${field}`);
    }),
  );
  const storage = members.map((member) => ('storageId' in member ? member.storageId : undefined));
  return {
    called: `composition ${executorId}`,
    needs: needsOf(executorId, ...ids, ...storage),
    composition: {
      executorId,
      members,
      state: state as DeclaredComposition['state'],
      isDeclared: executor !== undefined || around.names.declares(executorId),
      ...defined({ executor: element }),
    },
  };
};

const readAs = async (kind: DocumentKind, said: Given, around: Around): Promise<Read> => {
  if (kind === 'Location') return locationOf(said);
  if (kind === 'Composition') return compositionOf(said, around);
  if (kind === 'Tag') return tagOf(said, around);
  return elementOf(kind.toLowerCase() as Kind, said, around);
};

/** Reads the declaration of a document; its paths are relative to the directory. Throws `UsageError` with the place of each error. */
export const declare = async (
  { value, at }: YamlDocument,
  directory: string,
  names: Names,
): Promise<Declared> => {
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
  // Each member is checked by itself, so that an error has its place.
  const { members, ...outline } = said;
  const isListed = is === 'Composition' && Array.isArray(members) && members.length <= 30;
  let isSound = false;
  let read: Read | undefined;
  try {
    await eachJudged(
      () => {
        validate(documentSchemas[is], isListed ? outline : said);
        isSound = true;
      },
      async () => {
        // Even a document that violates the schema is read, to find other errors.
        read = await readAs(is, said, { directory, names }).catch((error: unknown) => {
          if (isSound || error instanceof TaskportError) throw error;
          return undefined;
        });
      },
    );
  } catch (error) {
    if (error instanceof TaskportError) refuse(...withoutRepeated(issuesOf(error)));
    throw error;
  }
  return { ...(read as Read), kind: is, at };
};
