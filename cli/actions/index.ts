/**
 * The session, the client and the actions of most commands, in one file, because loading a file for each takes longer than reading them
 * all. A command that needs more loads that itself.
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
