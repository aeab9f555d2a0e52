/** The `ro` metadata that marks an executor as created by `run`. */
export const RUN_KEY = 'taskport/run';

/** An ID without its kind, as people type it. */
export const shortOf = (id: string): string => id.replace(/^[a-z]+:\/\//, '');
