/** Source of every event. On its own, since whoever only reads events needs none of the catalogue's schemas. */
export const EVENT_SOURCE = 'taskport';
