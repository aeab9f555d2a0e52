import { defined } from '../../defined.ts';
import { formatId } from '../../element/id.ts';
import { locate } from '../../element/located.ts';
import { parseMemberId } from '../../element/member-id.ts';
import { invalidRequest, TaskportError } from '../../errors.ts';
import { inOrder } from '../../in-order.ts';
import type { RunnerDependencies } from '../../location/runners.ts';
import type { Caller } from '../../principal.ts';
import { validate } from '../../validation.ts';
import { type Composition, isTask, type TaskMember } from '../composition.ts';
import type { CompositionDependencies } from '../dependencies.ts';
import type { Handle } from '../handle.ts';
import { executorOf, memberOf, notBound, readNamed } from '../operation.ts';
import { type EngineSessions, ecsExec, inShell } from './engine-sessions.ts';
import type { KeptSession, Relay, Session, SessionStore } from './session.ts';
import { type OpenedSession, openedSession, type SessionRequest, sessionRequest } from './session-schema.ts';

export interface SessionDependencies
  extends Pick<CompositionDependencies, 'known' | 'compositions' | 'now' | 'newId'>,
    Pick<RunnerDependencies, 'runners'> {
  readonly sessions: SessionStore;
  /** Absent if no engine of the deployment runs tasks. */
  readonly engineSessions?: EngineSessions;
}

/** The running task. Throws `not-joined`, `not-bound`, `invalid-state`, `invalid-request`. */
const runningTask = (composition: Composition, id: string): TaskMember => {
  const member = memberOf(composition, id);
  if (!isTask(member))
    throw invalidRequest({
      path: 'id',
      message: `is a ${member.kind}: name a task, since sessions are with tasks`,
    });
  if (!member.bound) throw notBound(id);
  const { state, attempt } = member.task.run;
  if (state === 'running') return member;
  const detail = `${id} is ${state}: wait until it is \`running\`, or bind it again if it has ended`;
  throw new TaskportError('invalid-state', detail, { state, attempt });
};

/** Throws `permission-denied` if the specification of the task forbids to attach. */
const assertLetsAttach = ({ id, task }: TaskMember, { kind }: SessionRequest): void => {
  if (kind !== 'attach' || task.spec.interaction?.attach) return;
  const detail = `the specification of ${id} lets nobody attach: set \`interaction.attach\` in it before the task is bound, or run a command beside the task by \`exec\``;
  throw new TaskportError('permission-denied', detail, { action: 'attach' });
};

/** Throws `unsupported-by-target` without a relay. */
export const assertRelay: (relay: Relay | undefined) => asserts relay is Relay = (relay) => {
  if (relay) return;
  const message =
    'is not possible on AWS yet: use the local host (`npm start`), or send signals by `taskport compose interrupt` and read the output by `taskport logs --follow`';
  throw unsupported(message);
};

const unsupported = (message: string, members: object = {}): TaskportError =>
  new TaskportError('unsupported-by-target', `a session ${message}`, {
    reasons: [{ path: 'kind', message }],
    ...members,
  });

/**
 * Throws the reason why the relay cannot open a session with a task of a deployment's engine, and what to do
 * instead.
 */
const ofEngine = async (
  { engineSessions }: Pick<SessionDependencies, 'engineSessions'>,
  engine: string,
  { executorId }: Composition,
  { id }: TaskMember,
  { kind, args = ['/bin/sh'] }: SessionRequest,
): Promise<TaskportError> => {
  if (kind === 'attach')
    return unsupported(
      `attaches to no task of the engine \`${engine}\`: read its output by \`taskport logs --follow\``,
    );
  const container = await engineSessions?.containerOf(executorId, id);
  if (container === undefined)
    return unsupported(
      `reaches a task of the engine \`${engine}\` while it runs: it is being started or stopped, so try again`,
    );
  if (container === 'closed')
    return unsupported(
      `reaches no task that was started without \`exec\` of the engine \`${engine}\`: set \`engines: { ${engine}: { exec: true } }\` of the construct, deploy it, and bind the task again`,
    );
  const command = inShell(ecsExec(container, args));
  return unsupported(`is opened by AWS itself for tasks of the engine \`${engine}\`: run ${command}`, {
    ecs: container,
  });
};

/**
 * Admits the caller to a session with a running task. Nothing is stored before its client connects. Throws
 * `unsupported-by-target`, `permission-denied`, `stale-handle`, `not-joined`, `not-bound`, `invalid-state`,
 * `too-many-requests`.
 */
export const openSession = async (
  deps: SessionDependencies,
  relay: Relay | undefined,
  { principal }: Caller,
  handle: Handle,
  body: unknown,
  urlOf: (path: string) => string,
): Promise<OpenedSession> => {
  const asked = validate(sessionRequest, body);
  const taskId = formatId(parseMemberId(asked.id, 'id'));
  const found = await locate(deps.known, principal, executorOf(handle), 'interact');
  if (found.engine === undefined) assertRelay(relay);
  const composition = await readNamed(deps, handle);
  const member = runningTask(composition, taskId);
  if (found.engine !== undefined) throw await ofEngine(deps, found.engine, composition, member, asked);
  assertRelay(relay);
  assertLetsAttach(member, asked);
  const lease = await deps.runners.get(found);
  if (lease?.runner === undefined) {
    const detail = `no runner has the tasks of ${found.name} now, and a session needs one: start \`taskport runner --executor-location ${found.name}\``;
    throw new TaskportError('invalid-state', detail, { state: 'unattended' });
  }
  const { executorId, createdAt, revision } = composition;
  const { spec, run } = member.task;
  const { kind, args, size } = asked;
  const isExec = kind === 'exec';
  const session: Session = {
    session: deps.newId(),
    executorId,
    taskId,
    attempt: run.attempt,
    kind,
    principal,
    terminal: (isExec ? asked.terminal : spec.process?.terminal) ?? false,
    stdin: isExec || (spec.interaction?.openStdin ?? false),
    composition: { createdAt, revision },
    ...defined({ args, size }),
  };
  const { path, expiresAt } = relay.admit(session, observerOf(deps, session));
  const { principal: _, composition: __, args: ___, size: ____, ...told } = session;
  return inOrder(openedSession, { ...told, url: urlOf(path), expiresAt });
};

/** Records when a session began and how it ended. */
const observerOf = ({ sessions, now }: SessionDependencies, session: Session) => {
  let kept: KeptSession | undefined;
  return {
    began: async () => {
      kept = { ...session, beganAt: new Date(now()).toISOString() };
      await sessions.put(kept);
    },
    ended: async (outcome: Omit<NonNullable<KeptSession['ended']>, 'at' | 'seconds'>) => {
      if (!kept) return;
      const at = new Date(now()).toISOString();
      const seconds = Math.max(0, Math.round((Date.parse(at) - Date.parse(kept.beganAt)) / 1000));
      await sessions.put({ ...kept, ended: { ...outcome, at, seconds } });
    },
  };
};
