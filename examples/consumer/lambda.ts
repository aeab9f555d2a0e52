/** The same consumer as a function that EventBridge calls; see the README for the few lines that deploy it. */
import { consume } from 'taskport/events';
import { printEvent } from './print-event.ts';

/** Remembers while the function stays warm; use a `memory` in a table if a repeated event does harm. */
const consumer = consume(printEvent);

export const handler = (event: unknown): Promise<unknown> => consumer(event);
