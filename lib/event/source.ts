/** Source of every event. It has a module of its own, since readers of events need no schemas of the catalogue. */
export const EVENT_SOURCE = 'taskport';
/** Source of the service's messages to itself, which consumers can ignore. */
export const INTERNAL_SOURCE = 'taskport.internal';
