import { createHash } from 'node:crypto';
import { parseMemberId } from '../../element/member-id.ts';

/** Names of families, containers and volumes (Amazon ECS API: RegisterTaskDefinition, ContainerDefinition, Volume). */
const ECS_NAME = /^[A-Za-z0-9_-]{1,255}$/;

/**
 * The name of an element on ECS, made of its location and its name. Characters that ECS does not allow are
 * replaced, and then a digest keeps similar names apart.
 */
export const ecsName = (id: string): string => {
  const { location, name } = parseMemberId(id, 'id');
  const wanted = `${location}_${name}`;
  if (ECS_NAME.test(wanted)) return wanted;
  const digest = createHash('sha256').update(id).digest('hex').slice(0, 12);
  return `${wanted.replace(/[^A-Za-z0-9_-]+/g, '-').slice(0, 240)}-${digest}`;
};
