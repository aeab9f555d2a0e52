/**
 * What opens a session, with the client, and what most commands do with it: loaded together, since to find a file of its own for each takes longer than to read them all. What
 * needs more than the client is loaded by its command.
 */
export { openSession } from '../open-session.ts';
export * from './associations.ts';
export * from './attachments.ts';
export * from './audit.ts';
export * from './composing.ts';
export * from './elements.ts';
export * from './history.ts';
export * from './image-pull.ts';
export * from './image-push.ts';
export * from './locations.ts';
export * from './registry.ts';
export * from './tags.ts';
export * from './transfers.ts';
