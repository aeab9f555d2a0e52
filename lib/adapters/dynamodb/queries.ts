/** What lists, tags, digests and the log of events are read by, in one module: it is loaded by the first call that asks for one of them. */
export { contentsIn, referrersIn } from './digest-query.ts';
export { EventLogTable } from './event-log-table.ts';
export { listChildren, listElements } from './list.ts';
export { OutputTable } from './output-table.ts';
export { untag } from './tag-item.ts';
export { TagTable } from './tag-table.ts';
