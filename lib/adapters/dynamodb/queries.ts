/** The reads of lists, tags, digests and the log of events, in one module; the first call that needs one loads it. */
export { contentsIn, referrersIn } from './digest-query.ts';
export { EventLogTable } from './event-log-table.ts';
export { listChildren, listElements } from './list.ts';
export { OutputTable } from './output-table.ts';
export { untag } from './tag-item.ts';
export { TagTable } from './tag-table.ts';
