import { toRecord } from '../../lib/adapters/dynamodb/element-item.ts';
import type { Item } from '../../lib/adapters/dynamodb/engine/expression.ts';
import { digestKey, runKey } from '../../lib/adapters/dynamodb/keys.ts';
import { toTag } from '../../lib/adapters/dynamodb/tag-item.ts';
import { type Composition, referencesOf } from '../../lib/composition/composition.ts';
import { runsOf } from '../../lib/composition/placed-run.ts';
import { contentsOf } from '../../lib/element/content.ts';
import type { ElementRecord } from '../../lib/element/element.ts';
import { parseId } from '../../lib/element/id.ts';
import type { TagRecord } from '../../lib/element/registry/tag.ts';

/** The key of an edge row contains its target: `edges#<id>#<shard>`. */
const targetOf = (edge: Item): string => String(edge.pk).slice('edges#'.length, -'#0'.length);
const besideOf = (row: Item): string => String(row.pk).slice('element#'.length);

/** A layer of an image, or a manifest of an index. */
interface Part {
  readonly id: string;
  readonly reference: string;
}

interface Reference {
  readonly on: string;
  readonly by: string;
  readonly attempt: unknown;
}

const compositionsIn = (rows: readonly Item[]): Composition[] =>
  rows
    .filter(({ row }) => row === 'composition')
    .map(({ composition }) => JSON.parse(composition as string) as Composition);

const tagsIn = (rows: readonly Item[]): TagRecord[] =>
  rows.flatMap((row) => (row.row === 'tag' ? (toTag(row) ?? []) : []));

/** The references in every record of the table: parents, tasks, members. */
const referencesIn = (rows: readonly Item[]): Reference[] => {
  const elements = rows.filter(({ row }) => row === 'element');
  return [
    ...elements.flatMap(({ id, attributes, attempt }): Reference[] => {
      const { parentId } = attributes as { parentId?: string };
      return parentId === undefined || parentId === 'scratch:'
        ? []
        : [{ on: parentId, by: id as string, attempt }];
    }),
    ...elements.flatMap(({ id, tasks = [] }) =>
      (tasks as { id: string; reference: string }[]).map((task) => ({
        on: task.id,
        by: id as string,
        attempt: task.reference,
      })),
    ),
    ...elements.flatMap(({ id, layers = [], oci }) => {
      const { manifests = [] } = JSON.parse((oci as string) ?? '{}') as { manifests?: Part[] };
      const parts = [...(layers as Part[]), ...manifests];
      // A duplicate has one reference.
      return [...new Map(parts.map((part) => [part.id, part])).values()].map((part) => ({
        on: part.id,
        by: id as string,
        attempt: part.reference,
      }));
    }),
    ...compositionsIn(rows).flatMap(({ executorId, members }) =>
      referencesOf(members).map(({ id, reference }) => ({ on: id, by: executorId, attempt: reference })),
    ),
    ...tagsIn(rows).map(({ attributes: { tag, id }, reference }) => ({
      on: id,
      by: tag,
      attempt: reference,
    })),
  ];
};

/** The entries in only one of the lists. */
const differences = (is: readonly string[], shouldBe: readonly string[], what: string): string[] => [
  ...is.filter((one) => !shouldBe.includes(one)).map((one) => `${what} is left of nobody: ${one}`),
  ...shouldBe.filter((one) => !is.includes(one)).map((one) => `${what} is missing: ${one}`),
];

/** The faults in a table at rest: elements with missing references, and orphaned rows. */
export const faultsIn = (rows: readonly Item[]): string[] => {
  const elements = new Set(rows.filter(({ row }) => row === 'element').map(({ id }) => id as string));
  const edges = rows.filter(({ row }) => row === 'edge');
  const guards = rows.filter(({ row }) => row === 'guard');
  const references = referencesIn(rows);
  const compositions = compositionsIn(rows);
  const members = compositions.flatMap((composition) =>
    composition.members.map((member) => ({ ...member, executorId: composition.executorId })),
  );
  const held = edges.filter(({ state }) => state === 'held').map((edge) => `${targetOf(edge)} by ${edge.sk}`);
  return [
    ...references.filter(({ on }) => !elements.has(on)).map(({ on, by }) => `${by} has outlived ${on}`),
    ...compositions
      .filter(({ executorId }) => !elements.has(executorId))
      .map(({ executorId }) => `a composition has outlived ${executorId}`),
    ...edges
      .filter(({ state }) => state !== 'held')
      .map((edge) => `an intent is left on ${targetOf(edge)} by ${edge.referrer}`),
    ...differences(
      held,
      references.map(({ on, by, attempt }) => `${on} by ${by}#${attempt}`),
      'a held edge',
    ),
    ...differences(
      rows.filter(({ row }) => row === 'attachment').map((row) => `${besideOf(row)} by ${row.executorId}`),
      members
        // The guard of a volume that does not persist is permanent: it is exclusive.
        .filter(({ bound, exclusive, mount, saving }) => (bound && exclusive && mount?.persistent) || saving)
        .map(({ id, executorId }) => `${id} by ${executorId}`),
      'an attachment',
    ),
    ...differences(
      rows.filter(({ row }) => row === 'run').map(({ pk, sk, run }) => `${pk} ${sk} ${run}`),
      compositions.flatMap((composition) =>
        runsOf(composition).map(({ run, place }) => {
          const { pk, sk } = runKey(parseId(run.executorId, 'id').location, place);
          return `${pk} ${sk} ${JSON.stringify(run)}`;
        }),
      ),
      'a run',
    ),
    ...tagsIn(rows).flatMap(({ attributes: { tag } }) =>
      elements.has(tag) ? [`${tag} is a tag and an element`] : [],
    ),
    ...guards.filter(({ holder }) => holder === undefined).map(({ pk }) => `a guard is left on ${pk}`),
    ...differences(
      guards.filter(({ holder }) => holder !== undefined).map((row) => `${besideOf(row)} by ${row.holder}`),
      members
        .filter(({ mount }) => mount?.persistent === false)
        .map(({ id, executorId }) => `${id} by ${executorId}`),
      'a standing guard',
    ),
    ...differences(
      rows.filter(({ row }) => row === 'digest').map(({ pk, sk }) => `${pk} ${sk}`),
      rows
        .filter(({ row }) => row === 'element')
        .flatMap((row) => contentsOf(toRecord(row) as ElementRecord))
        .map(({ id, digest }) => `${digestKey(id, digest).pk} ${id}`),
      'a digest',
    ),
    ...rows
      .filter(({ row, state }) => row === 'blob' && state !== 'owned')
      .map(({ pk, state }) => `a ${state} blob is left: ${pk}`),
  ];
};
