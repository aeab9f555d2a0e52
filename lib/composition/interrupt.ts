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

/** A task and the signal to send to it. */
export const interruptRequest = z.strictObject({
  id: described(memberId, 'The ID of the task.'),
  signal: described(signal, 'The signal that the runner sends to the task.'),
});

/** Records on a task which signal to send, and how many there were. */
const interruptMember = (composition: Composition, id: string, name: string): Effect => {
  const member = memberOf(composition, id);
  if (!isTask(member))
    throw invalidRequest({
      path: 'id',
      message: `is a ${member.kind}: name a task, since only tasks take signals`,
    });
  if (!member.bound) throw notBound(id);
  const { task } = member;
  const { state, attempt } = task.run;
  if (state !== 'bound' && state !== 'running') {
    throw new TaskportError(
      'invalid-state',
      `attempt ${attempt} of ${id} has ${state} already, and takes no signals: unbind the task, and bind it again to run it anew`,
      { state },
    );
  }
  const interrupt = { signal: name, count: (task.interrupt?.count ?? 0) + 1, attempt };
  return { change: { members: withTask(composition, member, { interrupt }) } };
};

const noSignals = (engine: string): TaskportError => {
  const message = `cannot be sent to tasks of the engine \`${engine}\`: unbind the task to stop it by TERM, or by the signal that its image names; or run \`kill\` in it, as \`taskport exec\` says`;
  return new TaskportError('unsupported-by-target', `the signal ${message}`, {
    reasons: [{ path: 'signal', message }],
  });
};

/**
 * Asks the runner to send a signal to a bound task. Throws `invalid-handle`, `stale-handle`, `not-joined`,
 * `not-bound`, `invalid-state` if the task has ended, and `unsupported-by-target` if an engine of the deployment
 * runs it, since that sends no signals.
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
