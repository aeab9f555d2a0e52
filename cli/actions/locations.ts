import type { LocationPatch, NewLocation } from '../../client/locations.ts';
import { defined } from '../../lib/defined.ts';
import { anyKind } from '../../lib/kind/index.ts';
import type { Location } from '../../lib/location/location.ts';
import { problemOfChange } from '../delete-dry-run.ts';
import { formatAmount, formatDetails, printable } from '../details.ts';
import { each } from '../each.ts';
import { ifMatchOf } from '../entity-tag.ts';
import { grantsWarning } from '../grants-warning.ts';
import { kibibytesOf } from '../number.ts';
import type { Action, Session } from '../session.ts';
import { UsageError } from '../usage-error.ts';

interface Changes {
  readonly policy?: string;
  readonly capacity?: string;
  readonly grants?: string;
  readonly owner?: string;
  readonly allow?: string;
}

const allowOf = async (session: Session, file: string | undefined) =>
  file === undefined ? {} : { allow: await session.readJson(file) };

const grantsOf = async (session: Session, file: string | undefined) =>
  file === undefined ? {} : { grants: (await session.readJson(file)) as unknown as NewLocation['grants'] };

const changesOf = async (session: Session, { policy, capacity, grants, owner, allow }: Changes) => ({
  ...defined({ policy, owner }),
  ...kibibytesOf('capacity', capacity),
  ...(await grantsOf(session, grants)),
  ...(await allowOf(session, allow)),
});

/** Makes the change and prints the location; warns if the new grants exclude the caller. */
const changeAndShow = async (
  session: Session,
  { grants }: Pick<Changes, 'grants'>,
  change: () => Promise<Location>,
): Promise<void> => {
  // This asks for the caller before the change, so that a refusal leaves nothing done.
  const caller = grants === undefined ? undefined : await session.taskport.caller(session.call);
  const location = await change();
  session.show(location, formatDetails);
  const warning = caller && grantsWarning(location, caller);
  if (warning !== undefined) session.warn(printable(warning));
};

const nfsOf = (text: string | undefined): object => {
  if (text === undefined) return {};
  const [, server, path] = /^(.+?):(\/.*)$/.exec(text) ?? [];
  if (server === undefined || path === undefined) throw new UsageError('--nfs is <server>:<absolute path>');
  return { type: 'nfs', nfs: { server, path } };
};

export const createLocation: Action<
  Changes & {
    readonly kind?: string;
    readonly nfs?: string;
    readonly indexed?: string[];
    readonly engine?: string;
  }
> = async (session, [name = ''], options) => {
  const { kind, indexed, nfs, engine } = options;
  // Not a required option of commander, which would report it before a misspelt `--kind`.
  if (kind === undefined) throw new UsageError(`--kind is required: ${anyKind()}`);
  const request = {
    name,
    kind,
    ...nfsOf(nfs),
    ...defined({ indexed, engine }),
    ...(await changesOf(session, options)),
  };
  // The service reports an unknown kind or policy.
  await changeAndShow(session, options, () =>
    session.taskport.locations.create(request as NewLocation, session.call),
  );
};

export const listLocations: Action = (session) =>
  session.listPages(
    session.taskport.locations.list(session.call),
    ({ name, kind, type, policy, state }) => ({ name, kind, type, policy, state }),
    {
      toMore: ({ owner, capacity, createdAt }) => ({
        owner,
        capacity: formatAmount('capacity', capacity),
        created: createdAt,
      }),
    },
  );

export const showLocation: Action = async (session, [name = '']) =>
  session.show(await session.taskport.locations.read(name, session.call), formatDetails);

export const updateLocation: Action<
  Changes & { readonly open?: boolean; readonly ifMatch?: string }
> = async (session, [name = ''], options) => {
  if (options.open && options.grants !== undefined) throw new UsageError('give either --open or --grants');
  const patch = {
    ...(await changesOf(session, options)),
    ...defined({ grants: options.open ? null : undefined }),
  };
  const condition = { ...session.call, ...ifMatchOf(options.ifMatch) };
  await changeAndShow(session, options, () =>
    session.taskport.locations.update(name, patch as LocationPatch, condition),
  );
};

/** Whether the service would delete the location. Throws `ProblemError` for a refusal with a reason other than its contents. */
const foresee = async (session: Session, name: string): Promise<boolean> => {
  const { locations, elements } = session.taskport;
  const refused = await problemOfChange((condition) =>
    locations.delete(name, { ...session.call, ...condition }),
  );
  if (refused) throw refused;
  const { kind, state } = await locations.read(name, session.call);
  // Lists lag writes by moments, so this forecast may too.
  let count = 0;
  for await (const _ of elements.list({ kind, location: name, ...session.call })) count += 1;
  const wouldDelete = count === 0;
  session.show({ name, kind, state, elements: count, wouldDelete }, () => {
    if (state === 'closing') return `${name} is closing already`;
    return wouldDelete ? `${name} would be deleted` : `${name} would be refused: it keeps ${count} elements`;
  });
  return wouldDelete;
};

export const deleteLocations: Action<{ readonly dryRun?: boolean }> = (session, names, { dryRun = false }) =>
  each(session, names, async (name) => {
    if (dryRun) return foresee(session, name);
    const closing = await session.taskport.locations.delete(name, session.call);
    session.show(closing, ({ state }) => `${name} is ${state}`);
    return true;
  });
