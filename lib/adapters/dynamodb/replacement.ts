import type { ElementRecord } from '../../element/element.ts';
import type { Replacement } from '../../element/element-store.ts';
import { TaskportError } from '../../errors.ts';
import { doom, unstage } from './blob-row.ts';
import { asRead, toItem, toRecord } from './element-item.ts';
import { whileUnreferenced } from './exclusive.ts';
import { unavailable } from './failure.ts';
import { type Clause, commit, firstProblem, reserve } from './insertion.ts';
import { elementKey } from './keys.ts';
import { spaceTaken } from './space-row.ts';
import type { Table } from './table.ts';

/** Says what has become of an element that is not as it was read. */
const changed = (id: string, present: ElementRecord | undefined): TaskportError => {
  const revision = present?.attributes.revision;
  return revision === undefined
    ? new TaskportError('not-found', `there is no ${id}`, { id })
    : new TaskportError('revision-mismatch', `${id} was changed by another`, { revision });
};

const clausesOf = ({ record, former, location, caller, staged, discarded = [] }: Replacement): Clause[] => [
  {
    write: {
      put: { ...toItem(record, location, caller.requestId), formerAt: former.attributes.modifiedAt },
      condition: asRead(former),
    },
    problem: (row) => changed(record.attributes.id, toRecord(row)),
  },
  ...(staged === undefined ? [] : [unstage(staged)]),
  ...reserve(location, spaceTaken(former, record)),
  ...discarded.map((blob): Clause => ({ write: doom(blob), problem: () => unavailable() })),
];

/** Replaces an element that is still as it was read, and claims and leaves blobs in the same step. */
export const replaceElement = (table: Table, replacement: Replacement): Promise<void> =>
  commit(table, clausesOf(replacement), replacement.record);

/** Replaces an element as `replaceElement` does, while nothing refers to it; else throws `in-use` and changes nothing. */
export const replaceUnreferenced = async (table: Table, replacement: Replacement): Promise<void> => {
  const { former } = replacement;
  const { id, revision } = former.attributes;
  const clauses = clausesOf(replacement);
  const references = await whileUnreferenced(table, id, {
    read: async () => {
      const present = toRecord(await table.get(elementKey(id)));
      if (present?.incarnation !== former.incarnation || present.attributes.revision !== revision) {
        throw changed(id, present);
      }
    },
    writes: () => clauses.map(({ write }) => write),
    problem: (failed) => firstProblem(clauses, failed),
  });
  if (references.length > 0)
    throw new TaskportError('in-use', `${id} is referred to by others`, {
      references: [],
      hidden: references.length,
    });
};
