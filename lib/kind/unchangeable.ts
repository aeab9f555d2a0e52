import type { Kind } from './index.ts';
import type { KindRules } from './kind-rules.ts';

/** The reason why a field cannot be changed, and the way out; messages add it after the path of the field. */
export const unchangeable = (
  kind: Kind,
  { called, parents, joins, changeable }: KindRules,
  id?: string,
): string => {
  const ways = [
    parents.includes(kind)
      ? `make another ${kind}, with this one for its parent (\`parentId\`, or \`--parent\`) if it builds on it`
      : `make another ${kind}`,
    ...(joins === 'run'
      ? ['set the different fields in the `overrides` when the task joins an executor']
      : []),
    ...(id === undefined ? [] : [`delete ${id} first`]),
  ];
  const may = changeable.length > 0 ? ` (of its specification ${changeable.join(', ')} may change)` : '';
  return `does not change once ${called} is there${may}: ${ways.join(', or ')}`;
};
