import { UsageError } from '../usage-error.ts';
import type { Declared } from './declared.ts';
import type { DocumentKind } from './document-schema.ts';

/** The order of kinds: none needs a later one. */
const RANKS: readonly DocumentKind[] = [
  'Location',
  'Log',
  'Task',
  'Image',
  'Tag',
  'Volume',
  'Executor',
  'Composition',
];

/** Declarations, each after those that it needs. Throws `UsageError` for two with one name, and for a cycle. */
export const inDependencyOrder = (declared: readonly Declared[]): Declared[] => {
  const named = new Map<string, Declared>();
  for (const one of declared) {
    const other = named.get(one.called);
    if (other) throw new UsageError(`${one.at('')}: ${one.called} is declared at ${other.at('')} already`);
    named.set(one.called, one);
  }
  const ordered = new Set<Declared>();
  const place = (one: Declared, above: readonly Declared[]): void => {
    if (ordered.has(one)) return;
    if (above.includes(one))
      throw new UsageError(`${one.at('parentId')}: ${one.called} is, by its parents, a parent of itself`);
    for (const need of one.needs) {
      const needed = named.get(need);
      if (needed) place(needed, [...above, one]);
    }
    ordered.add(one);
  };
  const rank = ({ kind }: Declared): number => RANKS.indexOf(kind);
  for (const one of declared.toSorted((a, b) => rank(a) - rank(b))) place(one, []);
  return [...ordered];
};
