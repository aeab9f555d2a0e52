import type { Item } from '../../lib/adapters/dynamodb/expression.ts';

/** An edge row's key says whose parent it is about: `edges#<id>#<shard>`. */
const targetOf = (edge: Item): string => String(edge.pk).slice('edges#'.length, -'#0'.length);

/** Everything in a table at rest that must not be: who outlives a parent, and what nobody answers for. */
export const faultsIn = (rows: readonly Item[]): string[] => {
  const elements = new Map(rows.filter((row) => row.row === 'element').map((row) => [row.id as string, row]));
  const edges = rows.filter((row) => row.row === 'edge');
  const held = new Set(
    edges.filter((row) => row.state === 'held').map((row) => `${targetOf(row)} <- ${row.sk}`),
  );
  const parentOf = (row: Item): string | undefined => (row.attributes as { parentId?: string }).parentId;
  const faults: string[] = [];
  for (const [id, row] of elements) {
    const parentId = parentOf(row);
    if (parentId === undefined || parentId === 'scratch:') continue;
    if (!elements.has(parentId)) faults.push(`${id} has outlived its parent ${parentId}`);
    if (!held.has(`${parentId} <- ${id}#${row.attempt}`))
      faults.push(`${id} has no reference on ${parentId}`);
  }
  for (const edge of edges) {
    const [referrer = '', attempt] = String(edge.sk).split('#');
    const row = elements.get(referrer);
    if (edge.state !== 'held') faults.push(`an intent is left on ${targetOf(edge)} by ${referrer}`);
    else if (!row || row.attempt !== attempt || parentOf(row) !== targetOf(edge)) {
      faults.push(`${targetOf(edge)} is referred to by ${referrer}, which does not refer to it`);
    }
  }
  for (const row of rows) {
    if (row.row === 'guard') faults.push(`a guard is left on ${row.pk}`);
    if (row.row === 'blob' && row.state !== 'owned') faults.push(`a ${row.state} blob is left: ${row.pk}`);
  }
  return faults;
};
