import type { Reference } from '../lib/element/element.ts';
import type { Kind } from '../lib/location/location.ts';
import type { Session } from './session.ts';

/** What a delete of an element would do. */
interface Foreseen {
  readonly id: string;
  readonly wouldDelete: boolean;
  readonly references: readonly Reference[];
  readonly hidden: number;
  /** Of an executor: what it is composed of. */
  readonly members?: readonly string[];
  /** Of its location, where that forbids it. */
  readonly policy?: string;
}

/** Looks at what refuses a delete: who refers to the element, what it is composed of, the policy of its location. */
export const foreseeDelete = async (
  { taskport, call }: Session,
  kind: Kind,
  id: string,
): Promise<Foreseen> => {
  const fields = ['attributes', ...(kind === 'executor' ? ['composition'] : [])];
  const { location = '', composition } = await taskport.elements.read(id, { fields, ...call });
  const { policy } = await taskport.locations.read(location, call);
  const references: Reference[] = [];
  let hidden = 0;
  for await (const page of taskport.elements.references(id, call).pages()) {
    references.push(...page.items);
    hidden += page.hidden ?? 0;
  }
  const members = composition?.members.map((member) => member.id) ?? [];
  return {
    id,
    wouldDelete: policy === 'read-write' && references.length + hidden + members.length === 0,
    references,
    hidden,
    ...(members.length > 0 ? { members } : {}),
    ...(policy === 'read-write' ? {} : { policy }),
  };
};

/** What was foreseen, for people. */
export const formatForeseen = ({
  id,
  wouldDelete,
  references,
  hidden,
  members = [],
  policy,
}: Foreseen): string => {
  if (wouldDelete) return `${id} would be deleted`;
  const users = [
    ...references.map((by) => `  ${by.id} (${by.kind})`),
    ...members.map((member) => `  ${member} (member)`),
    ...(hidden > 0 ? [`  and ${hidden} that you may not see`] : []),
  ];
  return [
    ...(policy === undefined ? [] : [`${id} would be refused: its location is ${policy}`]),
    ...(users.length > 0 ? [`${id} would be refused: it is in use by`, ...users] : []),
  ].join('\n');
};
