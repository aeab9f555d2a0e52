/** Source of every event. On its own, since a reader of events needs none of the catalogue's schemas. */
export const EVENT_SOURCE = 'taskport';
/** Source of what the service asks of itself: consumers have nothing to do with it. */
export const INTERNAL_SOURCE = 'taskport.internal';
