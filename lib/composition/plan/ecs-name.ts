import { createHash } from 'node:crypto';
import { parseMemberId } from '../../element/member-id.ts';

/** Names of families, containers and volumes (Amazon ECS API: RegisterTaskDefinition, ContainerDefinition, Volume). */
const ECS_NAME = /^[A-Za-z0-9_-]{1,255}$/;

/**
 * What ECS calls an element: its location and its name. Where ECS has no such name, what it cannot have is
 * replaced, and a digest keeps two that then look alike apart.
 */
export const ecsName = (id: string): string => {
  const { location, name } = parseMemberId(id, 'id');
  const wanted = `${location}_${name}`;
  if (ECS_NAME.test(wanted)) return wanted;
  const digest = createHash('sha256').update(id).digest('hex').slice(0, 12);
  return `${wanted.replace(/[^A-Za-z0-9_-]+/g, '-').slice(0, 240)}-${digest}`;
};
