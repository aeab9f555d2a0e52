import type { Joining } from '../../client/compositions.ts';
import { isObject } from '../../lib/is-object.ts';
import { eachJudged } from './issues.ts';
import type { Names } from './meant-names.ts';

/** The members with their full IDs. */
export const meantMembers = async (given: readonly Joining[], names: Names): Promise<Joining[]> => {
  const members: Joining[] = [...given];
  const meant = async (field: 'id' | 'storageId', at: number): Promise<void> => {
    const member = members[at] as unknown as Readonly<Record<string, unknown>>;
    const text = isObject(member) ? member[field] : undefined;
    if (typeof text !== 'string') return;
    const isMounted = field === 'storageId' || member.mount !== undefined;
    const id = await names.member(text, isMounted, `members[${at}].${field}`);
    members[at] = { ...member, [field]: id } as unknown as Joining;
  };
  await eachJudged(...given.flatMap((_, at) => [() => meant('id', at), () => meant('storageId', at)]));
  return members;
};
