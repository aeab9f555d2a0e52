import { ABSENT } from '../../client/problem-error.ts';
import { type Asking, reasonsOf, withExport } from '../../lib/composition/asking.ts';
import type { CompositionJson } from '../../lib/composition/shown-composition.ts';
import { isLogFile } from '../../lib/element/log-file.ts';
import type { LogSpec } from '../../lib/element/log-spec.ts';
import type { TaskSpec } from '../../lib/element/task-spec.ts';
import { rules } from '../../lib/kind/index.ts';
import { LEGACY, type Location } from '../../lib/location/location.ts';
import type { Action, Session } from '../session.ts';
import { ToldRefusal } from '../told-refusal.ts';
import { unlessAbsent } from '../unless-absent.ts';

/** Something that an operator has to mend. */
interface Finding {
  readonly finding:
    | 'not-administrator'
    | 'unseen'
    | 'legacy-allow'
    | 'foreign-nfs'
    | 'log-path'
    | 'not-allowed';
  /** The location or element; `deployment` for all of it. */
  readonly of: string;
  readonly meaning: string;
  /** How to mend it. */
  readonly remedy: string;
}

const format = ({ of, meaning, remedy }: Finding): string => `${of}: ${meaning}\n  ${remedy}`;

const unseen = (of: string, what: string): Finding => ({
  finding: 'unseen',
  of,
  meaning: `${what}, since no grant lets you read them`,
  remedy: 'have its owner grant you `read`, or grant it to yourself as an administrator; then ask again',
});

/** The answer; undefined if the caller may not see the thing, or it is gone. */
const ifSeen = <T>(asked: Promise<T>): Promise<T | undefined> =>
  unlessAbsent(asked, [...ABSENT, 'permission-denied']);

const ofLocation = (location: Location, administrators: readonly string[] | undefined): Finding[] => {
  const { name, nfs, createdBy, owner } = location;
  const findings: Finding[] = [];
  if (location.allow === LEGACY)
    findings.push({
      finding: 'legacy-allow',
      of: name,
      meaning: 'is from an earlier version: its tasks may still request every secret, log and export',
      remedy: `write what its tasks may request into a file, and set it: taskport location update ${name} --allow <file>`,
    });
  if (nfs && administrators && ![createdBy, owner].some((each) => administrators.includes(each)))
    findings.push({
      finding: 'foreign-nfs',
      of: name,
      meaning: `serves ${nfs.server}:${nfs.path}, as ${createdBy} said, who does not administer the deployment`,
      remedy: `delete it, or take it over once you know that server: taskport location update ${name} --owner <administrator>`,
    });
  return findings;
};

/** Logs at a path of the machine. */
async function* ofLogs({ taskport, call }: Session, location: string): AsyncGenerator<Finding> {
  for await (const { id } of taskport.elements.list({ kind: 'log', location, ...call })) {
    const read = await ifSeen(taskport.elements.read(id, { fields: ['spec'], ...call }));
    const path = (read?.spec as LogSpec | undefined)?.file?.path;
    if (path !== undefined && !isLogFile(path))
      yield {
        finding: 'log-path',
        of: id,
        meaning: `is at ${path}, a path of the machine: it can neither join nor be bound any more`,
        remedy:
          'unbind the tasks that write to it, let it leave, delete it, and create it anew with a relative name',
      };
  }
}

/** What the members of a composition request, as far as the caller may see them, and the number of those that the caller may not see. */
const askingOf = async (
  { taskport, call }: Session,
  { members }: CompositionJson,
  locations: ReadonlyMap<string, Location>,
): Promise<{ readonly asking: Asking; readonly hidden: number }> => {
  const tasks = members.filter(({ task }) => task);
  const logs = members.filter(({ kind }) => kind === 'log');
  const read = await Promise.all(
    logs.map(async ({ id }) => {
      const log = await ifSeen(taskport.elements.read(id, { fields: ['spec'], ...call }));
      return log && { id, spec: (log.spec ?? {}) as LogSpec };
    }),
  );
  const seen = {
    tasks: tasks.flatMap(({ id, task }) => (task?.spec ? [{ id, spec: task.spec as TaskSpec }] : [])),
    logs: read.filter((log) => log !== undefined),
    storage: members.flatMap(({ id, kind }) => {
      const location = locations.get(id.split('/')[2] ?? '');
      return rules[kind].nfs && location ? [withExport(id, location)] : [];
    }),
  };
  return { asking: seen, hidden: tasks.length + logs.length - seen.tasks.length - seen.logs.length };
};

/** Members that cannot be bound or started again because their location does not allow what they request. */
async function* ofExecutors(
  session: Session,
  location: Location,
  locations: ReadonlyMap<string, Location>,
): AsyncGenerator<Finding> {
  const { taskport, call } = session;
  for await (const { id } of taskport.elements.list({ kind: 'executor', location: location.name, ...call })) {
    const read = await ifSeen(taskport.elements.read(id, { fields: ['composition'], ...call }));
    if (!read?.composition) continue;
    const { asking, hidden } = await askingOf(session, read.composition, locations);
    for (const { path, message } of reasonsOf(location, asking))
      yield {
        finding: 'not-allowed',
        of: id,
        meaning: `${path} ${message}`,
        remedy:
          'add it to `allow` of the location, or let the member leave: until then it cannot be bound, and its task does not restart',
      };
    if (hidden > 0) yield unseen(id, `${hidden} of its members cannot be checked`);
  }
}

async function* examine(session: Session): AsyncGenerator<Finding> {
  const { taskport, call } = session;
  const { principal, administrator, administrators } = await taskport.caller(call);
  if (!administrator)
    yield {
      finding: 'not-administrator',
      of: 'deployment',
      meaning: `${principal} does not administer it: doctor cannot check locations that you may not see`,
      remedy: 'ask again as an administrator; if there is none, deploy with `-c administrators=<principals>`',
    };
  const locations = new Map<string, Location>();
  for await (const location of taskport.locations.list(call)) locations.set(location.name, location);
  for (const location of locations.values()) {
    yield* ofLocation(location, administrators);
    const { name, kind } = location;
    if (kind !== 'log' && kind !== 'executor') continue;
    const isOpen = await ifSeen(
      taskport.elements
        .list({ kind, location: name, limit: 1, ...call })
        .pages()
        .next(),
    );
    if (isOpen === undefined) yield unseen(name, 'its elements cannot be checked');
    else yield* kind === 'log' ? ofLogs(session, name) : ofExecutors(session, location, locations);
  }
}

/** Has the service compute the missing digests of a location; exits with 1 if one is impossible. */
const computeAll = async (session: Session, location: string): Promise<void> => {
  const { computeDigests } = await import('./digests.ts');
  let [count, failed] = [0, 0];
  for await (const outcome of computeDigests(session, location)) {
    count += 1;
    if (outcome.problem !== undefined) failed += 1;
    session.show(outcome, ({ id, digest, problem }) => `${id}: ${problem ?? digest ?? 'has no layers'}`);
  }
  if (failed > 0) throw new ToldRefusal();
  if (count === 0) session.note(`every image of ${location} has its digest`);
};

/** Prints what an operator has to mend; exits with 1 if there is something. */
export const doctor: Action<{ readonly digests?: string }> = async (session, _, { digests }) => {
  if (digests !== undefined) return computeAll(session, digests);
  let count = 0;
  for await (const finding of examine(session)) {
    count += 1;
    session.show(finding, format);
  }
  if (count > 0) throw new ToldRefusal();
  session.note('no problems found');
};
