import { mayReplace, memberKey, withMembers } from './composition.ts';
import type { Program, Rules } from './program.ts';
import { type Composition, edgeKey, isSame } from './store.ts';
import { striker } from './striker.ts';

/**
 * Who joins a volume that nothing else refers to and that goes with the leave: what a deleter does, but for the end. The
 * guard stays, without a lease, for as long as the volume does, so the leave has nobody to look for.
 */
export function exclusiveJoiner(
  { id, executor, target, attempts }: { id: string; executor: string; target: string; attempts: number },
  rules: Rules,
): Program {
  const { flaw } = rules;
  return striker(
    {
      id,
      target,
      attempts,
      executor,
      what: 'commits',
      fences: flaw !== 'the exclusive join does not fence',
      refusal(composition) {
        if (!composition) return 'stale-handle';
        return memberKey(composition, target) === undefined ? undefined : 'already-joined';
      },
      strike(store, found, owner) {
        const composition = found.composition as Composition;
        const guarded =
          store.guards[target]?.holder === owner || flaw === 'the exclusive join commits without its guard';
        if (!guarded) return {};
        const { yes, reply } = mayReplace(store.compositions[executor], composition, rules);
        if (!yes) return reply === undefined ? {} : { reply };
        const unchanged =
          isSame(store.elements[target], found.element) ||
          flaw === 'the exclusive join does not require the volume';
        if (!unchanged) return {};
        const member = { incarnation: found.element.incarnation, exclusive: true };
        const members = { [edgeKey(target, owner)]: member };
        const joined = withMembers(store, executor, { composition, nonce: owner, members });
        const guards = { ...store.guards, [target]: { holder: executor, standing: true } };
        return { store: { ...joined, guards }, reply: 'done' };
      },
    },
    rules,
  );
}
