import * as z from 'zod/mini';
import { formatId } from '../element/id.ts';
import { memberId } from '../element/id-schema.ts';
import { parseMemberId } from '../element/member-id.ts';
import { signal } from '../element/signal.ts';
import { signalName } from '../element/signal-name.ts';
import { invalidRequest, TaskportError } from '../errors.ts';
import { described } from '../facts.ts';
import type { Outcome } from '../idempotency.ts';
import { validate } from '../validation.ts';
import { type Composition, isTask, withTask } from './composition.ts';
import type { CompositionDependencies } from './dependencies.ts';
import { type Effect, memberOf, notBound, type Operation, operate } from './operation.ts';

/** Which task is to be sent which signal. */
export const interruptRequest = z.strictObject({
  id: described(memberId, 'The ID of the task.'),
  signal: described(signal, 'The signal.'),
});

/** What a signal to a task changes: that it was to be sent, and how many were. */
const interruptMember = (composition: Composition, id: string, name: string): Effect => {
  const member = memberOf(composition, id);
  if (!isTask(member))
    throw invalidRequest({ path: 'id', message: `is a ${member.kind}; signals go to tasks` });
  if (!member.bound) throw notBound(id);
  const { task } = member;
  const { state, attempt } = task.run;
  if (state !== 'bound' && state !== 'running') {
    throw new TaskportError('invalid-state', `${id} has ${state} already`, { state });
  }
  const interrupt = { signal: name, count: (task.interrupt?.count ?? 0) + 1, attempt };
  return { change: { members: withTask(composition, member, { interrupt }) } };
};

const noSignals = (engine: string): TaskportError => {
  const message = `is for no task of the engine \`${engine}\`, which sends none but to stop: unbind it, and it is sent TERM, or what its image says; \`taskport exec\` says how a command is run beside it, such as \`kill\``;
  return new TaskportError('unsupported-by-target', `the signal ${message}`, {
    reasons: [{ path: 'signal', message }],
  });
};

/**
 * Asks for a signal to be sent to a bound task. Throws `invalid-handle`, `stale-handle`, `not-joined`, `not-bound`, `invalid-state`
 * where it has ended, and `unsupported-by-target` where an engine of the deployment runs it, which sends no signals.
 */
export const interruptTask = (
  deps: CompositionDependencies,
  operation: Operation,
  body: unknown,
): Promise<Outcome<Composition>> => {
  const request = validate(interruptRequest, body);
  const id = formatId(parseMemberId(request.id, 'id'));
  return operate(deps, operation, (composition, { engine }) => {
    if (engine !== undefined) throw noSignals(engine);
    return interruptMember(composition, id, signalName(request.signal));
  });
};
