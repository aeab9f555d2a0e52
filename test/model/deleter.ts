import { isAsRead } from './composition.ts';
import type { Program, Rules } from './program.ts';
import { eraseElement, isSame, without } from './store.ts';
import { striker } from './striker.ts';
import { withoutTags } from './tagger.ts';

/** Deletes an element; an executor together with its composition, which must have no members. */
export function deleter(
  { id, target, attempts }: { id: string; target: string; attempts: number },
  rules: Rules,
): Program {
  const { flaw } = rules;
  return striker(
    {
      id,
      target,
      attempts,
      executor: target,
      what: 'erases',
      fences: flaw !== 'the deleter does not fence',
      takesTags: true,
      refusal: (composition) => (Object.keys(composition?.members ?? {}).length > 0 ? 'in-use' : undefined),
      strike(store, { element, composition, tags = {} }, owner) {
        const present = store.elements[target];
        const guarded =
          store.guards[target]?.holder === owner || flaw === 'the deleter erases without its guard';
        const unchanged =
          isSame(present, element) ||
          (flaw === 'the deleter erases whatever was referred to since' && present !== undefined);
        const composed =
          isAsRead(store.compositions[target], composition) ||
          flaw === 'the executor is deleted whatever became of its composition';
        const tagged = withoutTags(store, tags, rules);
        if (!guarded || !unchanged || !composed || !tagged) return {};
        const erased = eraseElement(tagged, target, element.references);
        const guards = without(store.guards, target);
        const compositions = without(store.compositions, target);
        return { store: { ...erased, guards, compositions }, reply: 'deleted' };
      },
    },
    rules,
  );
}
