import type { Local, Stopped } from './program.ts';
import { type Store, targetOf } from './store.ts';

/** Invariants of every state, even in the middle of a step. */
export function faultsOfStore(store: Store): string[] {
  return [
    ...faultsOfElements(store),
    ...faultsOfCompositions(store),
    ...faultsOfTags(store),
    ...faultsOfEdges(store),
  ];
}

function faultsOfReference({ elements, edges }: Store, key: string, incarnation: string): string[] {
  return [
    ...(elements[targetOf(key)]?.incarnation === incarnation ? [] : ['orphan']),
    ...(edges[key]?.state === 'held' ? [] : ['reference without a held edge']),
  ];
}

function faultsOfElements(store: Store): string[] {
  return Object.values(store.elements).flatMap(({ references }) =>
    Object.entries(references).flatMap(([key, incarnation]) => faultsOfReference(store, key, incarnation)),
  );
}

function faultsOfCompositions(store: Store): string[] {
  const faults: string[] = [];
  for (const [name, { executor, members }] of Object.entries(store.compositions)) {
    if (store.elements[name]?.incarnation !== executor) faults.push('composition without its executor');
    for (const [key, { incarnation, exclusive, associated }] of Object.entries(members)) {
      faults.push(...faultsOfReference(store, key, incarnation));
      const target = targetOf(key);
      const guard = store.guards[target];
      if (exclusive && !(guard?.standing && guard.holder === name)) faults.push('exclusive without a guard');
      const isOther = (other: string): boolean => other !== key && store.edges[other]?.state === 'held';
      const others = Object.keys(store.edges).filter((other) => targetOf(other) === target && isOther(other));
      if (exclusive && others.length > 0) faults.push('exclusive and referred to by others');
      if (associated !== undefined && associated !== incarnation) faults.push('a stranger came along');
    }
  }
  return faults;
}

function faultsOfTags(store: Store): string[] {
  return Object.entries(store.tags).flatMap(([name, { key, incarnation }]) => [
    ...faultsOfReference(store, key, incarnation),
    ...(store.elements[name] ? ['a name of an element and of a tag'] : []),
  ]);
}

function faultsOfEdges({ elements, edges, guards, compositions, tags }: Store): string[] {
  const faults: string[] = [];
  for (const [key, { state, referrer, tag }] of Object.entries(edges)) {
    const tagged = tags[referrer];
    const references = tag
      ? { ...(tagged && { [tagged.key]: tagged }) }
      : { ...elements[referrer]?.references, ...compositions[referrer]?.members };
    if (state === 'held' && !(key in references)) faults.push('held edge without a reference');
  }
  for (const [target, { holder, standing }] of Object.entries(guards)) {
    const members = Object.entries(compositions[holder]?.members ?? {});
    const isExclusive = members.some(([key, { exclusive }]) => exclusive && targetOf(key) === target);
    if (standing && !isExclusive) faults.push('standing guard left behind');
  }
  return faults;
}

const refusals = ['not-found', 'in-use', 'unavailable', 'stale-handle', 'already-joined', 'name-collision'];

/** A process that has answered leaves nothing behind that blocks others; a refused one leaves nothing at all. */
export function faultsOfAnswer(store: Store, local: Local | Stopped, id: string): string[] {
  if (local.at !== 'answered') return [];
  const isRefused = 'answer' in local && refusals.includes(local.answer);
  const isMade = ({ incarnation }: { incarnation: string }): boolean => incarnation.startsWith(`${id}.`);
  const ownIntent = ([key, edge]: [string, { state: string }]): boolean =>
    key.includes(`<${id}.`) && edge.state === 'intent';
  const isOwn = ({ holder }: { holder: string }): boolean => holder.startsWith(`${id}.`);
  return [
    ...(Object.entries(store.edges).some(ownIntent) ? ['intent left behind'] : []),
    ...(Object.values(store.guards).some(isOwn) ? ['guard left behind'] : []),
    ...(isRefused && Object.values(store.elements).some(isMade) ? ['half made'] : []),
  ];
}
