import type { ElementPatch, NewElement } from '../../client/elements.ts';
import { Pages } from '../../client/pages.ts';
import { isCode, ProblemError } from '../../client/problem-error.ts';
import { defined } from '../../lib/defined.ts';
import type { ElementJson } from '../../lib/element/representation.ts';
import type { ProblemCode } from '../../lib/errors.ts';
import { type Kind, rules } from '../../lib/kind/index.ts';
import { foreseeDelete, formatForeseen } from '../delete-dry-run.ts';
import { formatAmount, formatDetails } from '../details.ts';
import { each } from '../each.ts';
import { ifMatchOf } from '../entity-tag.ts';
import { meantId } from '../meant-id.ts';
import { parseMetadata } from '../metadata.ts';
import { kibibytesOf, numberOf } from '../number.ts';
import type { Action, Session } from '../session.ts';
import type { Row } from '../table.ts';
import { UsageError } from '../usage-error.ts';
import { attachmentOf } from './attachments.ts';
import { tagsByImage, tagsOf } from './tags.ts';

/** The options for a new element. */
export interface Described {
  readonly ro?: readonly string[];
  readonly rw?: readonly string[];
  readonly parent?: string;
  readonly freeSpace?: string;
  readonly spec?: string;
}

/** The full ID of a parent; without a kind, it has the kind of the child. */
const parentOf = (kind: Kind, text: string): string =>
  text.includes('://') || text === 'scratch:' ? text : meantId(kind, text);

/** The new element from the options. Throws `UsageError`. */
export const describeElement = async (
  session: Session,
  kind: Kind,
  text: string,
  { ro, rw, parent, freeSpace, spec }: Described,
): Promise<NewElement> => {
  const metadata = defined({ ro: ro && (await parseMetadata(ro)), rw: rw && (await parseMetadata(rw)) });
  return {
    id: session.idOf(kind, text),
    ...defined({ parentId: parent === undefined ? undefined : parentOf(kind, parent) }),
    ...kibibytesOf('freeSpace', freeSpace),
    ...defined({
      metadata: (ro || rw) && metadata,
      spec: spec === undefined ? undefined : await session.readJson(spec),
    }),
  };
};

/** Columns of the wide table of elements. */
const toMore = ({ createdAt, createdBy, modifiedBy, freeSpace, digest, checksum }: ElementJson): Row => ({
  created: createdAt,
  by: createdBy,
  'modified by': modifiedBy,
  'free space': formatAmount('freeSpace', freeSpace),
  digest: digest ?? checksum,
});

/** A filter, in which the parent may lack its kind. */
const filterOf = (kind: Kind, text: string): string => {
  const [, parent] = /^parent=(.+)$/.exec(text) ?? [];
  return parent === undefined ? text : `parent=${parentOf(kind, parent)}`;
};

const toRow = ({ kind, name, state, revision, size, capacity, parentId, modifiedAt }: ElementJson): Row => ({
  name,
  state,
  revision,
  size: formatAmount('size', size),
  ...(kind && rules[kind].keepsWrites ? { capacity: formatAmount('capacity', capacity) } : {}),
  parent: parentId,
  modified: modifiedAt,
});

/** Problems with a parent of the wrong kind. */
const PARENTLESS: readonly ProblemCode[] = ['unknown-parent', 'unknown-location', 'invalid-parent'];

/** The problem, with how to write a parent of another kind. */
export const withParentHint =
  (kind: Kind, { parent = '' }: Described) =>
  (error: unknown): never => {
    const others = rules[kind].parents.filter((other) => other !== kind);
    const isShort = others.length > 0 && parent !== '' && !parent.includes(':');
    if (!isShort || !isCode(error, ...PARENTLESS)) throw error;
    const ways = others.map(
      (other) => `a parent that is ${rules[other].called} is written ${other}://${parent}`,
    );
    const detail = [error.detail, ...ways].join('; ');
    throw new ProblemError({ ...error.problem, detail });
  };

export const createElement =
  (kind: Kind): Action<Described> =>
  async (session, [text = ''], options) => {
    const element = await describeElement(session, kind, text, options);
    const created = session.taskport.elements.create(element, session.call);
    session.show(await created.catch(withParentHint(kind, options)), formatDetails);
  };

/** The place of a volume's data, if its location keeps it on another server. */
const placeOf = async (
  { taskport, call }: Session,
  { location = '', name }: ElementJson,
): Promise<object> => {
  const { nfs } = await taskport.locations.read(location, call);
  return nfs ? { nfs: `${nfs.server}:${nfs.path.replace(/\/$/, '')}/${name}` } : {};
};

export const showElement =
  (kind: Kind): Action<{ readonly fields?: string }> =>
  async (session, [text = ''], { fields }) => {
    const picked = fields === undefined ? {} : { fields: fields.split(',') };
    const options = { ...session.call, ...picked };
    const element = await session.taskport.elements.read(session.idOf(kind, text), options);
    const isForPeople = fields === undefined && session.isForPeople;
    const place = rules[kind].nfs && isForPeople ? await placeOf(session, element) : {};
    const tags = kind === 'image' && isForPeople ? await tagsOf(session, element.id) : undefined;
    const attachment =
      rules[kind].keepsWrites && fields === undefined ? await attachmentOf(session, element.id) : undefined;
    const isSaved = rules[kind].keepsWrites && !('nfs' in place) && isForPeople;
    const who = attachment ?? (isSaved ? 'none, nothing unsaved' : undefined);
    session.show({ ...element, ...place, ...defined({ tags, attachment: who }) }, formatDetails);
    if (attachment && attachment.state !== 'attached' && isForPeople) {
      const executor = attachment.executorId ?? '<executor>';
      session.note(
        `the writes to this volume are not saved yet: the runner of their engine saves them; \`compose unbind --discard ${executor} ${element.id}\` or, if the machine is lost, \`volume release ${element.id}\` discards them`,
      );
    }
  };

/** The locations of a kind that the caller may see. */
const locationsOf = async ({ taskport, call }: Session, kind: Kind): Promise<string[]> =>
  (await taskport.locations.list(call).all()).filter((each) => each.kind === kind).map(({ name }) => name);

export const listElements =
  (kind: Kind): Action<{ readonly filter?: readonly string[]; readonly limit?: string }> =>
  async (session, [asked], { filter, limit: text }) => {
    const { limit } = numberOf('limit', text);
    if (limit === 0) throw new UsageError('--limit is at least 1');
    const filters = filter?.map((each) => filterOf(kind, each));
    const query = { kind, ...defined({ filter: filters }), ...session.call };
    // One more item than shown tells whether there are more.
    const pageSize = limit === undefined ? {} : { limit: Math.min(limit + 1, 1000) };
    const tags = new Map<string, string>();
    const isTagged = kind === 'image' && session.isForPeople;
    const locations = asked === undefined ? await locationsOf(session, kind) : [asked];
    const pages = async function* () {
      for (const location of locations) {
        if (isTagged) for (const [id, names] of await tagsByImage(session, location)) tags.set(id, names);
        const isLast = location === locations.at(-1);
        for await (const page of session.taskport.elements.list({ ...query, ...pageSize, location }).pages())
          yield isLast ? page : { cursor: location, ...page };
      }
    };
    const toNamedRow = (element: ElementJson): Row => ({
      ...toRow(element),
      ...(asked === undefined && { name: `${element.location}/${element.name}` }),
      ...(isTagged && { tags: tags.get(element.id) }),
    });
    await session.listPages(Pages.of(pages()), toNamedRow, { limit, toMore });
  };

export const updateElement =
  (
    kind: Kind,
  ): Action<
    Pick<Described, 'rw' | 'freeSpace' | 'spec'> & {
      readonly unset?: readonly string[];
      readonly ifMatch?: string;
    }
  > =>
  async (session, [text = ''], { rw = [], unset = [], freeSpace, spec, ifMatch }) => {
    const changed = { ...(await parseMetadata(rw)), ...Object.fromEntries(unset.map((key) => [key, null])) };
    const patch: ElementPatch = {
      ...defined({ metadata: Object.keys(changed).length > 0 ? { rw: changed } : undefined }),
      ...kibibytesOf('freeSpace', freeSpace),
      ...defined({ spec: spec === undefined ? undefined : await session.readJson(spec) }),
    };
    if (Object.keys(patch).length === 0)
      throw new UsageError('there is no change: give an option such as --rw');
    const options = { ...session.call, ...ifMatchOf(ifMatch) };
    session.show(
      await session.taskport.elements.update(session.idOf(kind, text), patch, options),
      formatDetails,
    );
  };

const foresee = async (session: Session, id: string, gone: ReadonlySet<string>): Promise<boolean> => {
  const foreseen = await foreseeDelete(session, id, gone);
  session.show(foreseen, formatForeseen);
  return foreseen.wouldDelete;
};

export const deleteElements =
  (kind: Kind): Action<{ readonly dryRun?: boolean }> =>
  async (session, texts, { dryRun = false }) => {
    const gone = new Set<string>();
    await each(
      session,
      texts.map((text) => session.idOf(kind, text)),
      async (id) => {
        if (dryRun) {
          const isForeseen = await foresee(session, id, gone);
          if (isForeseen) gone.add(id);
          return isForeseen;
        }
        await session.taskport.elements.delete(id, session.call);
        session.show({ id, deleted: true }, () => `${id} is deleted`);
        return true;
      },
    );
  };

export const listChildren =
  (kind: Kind): Action =>
  (session, [text = '']) =>
    session.listPages(
      session.taskport.elements.children(session.idOf(kind, text), session.call),
      (child) => ({
        id: child.id,
        ...toRow(child),
      }),
      { toMore },
    );

export const listReferences =
  (kind: Kind): Action =>
  (session, [text = '']) =>
    session.listPages(
      session.taskport.elements.references(session.idOf(kind, text), session.call),
      (reference) => ({
        id: reference.id,
        kind: reference.kind,
      }),
    );
