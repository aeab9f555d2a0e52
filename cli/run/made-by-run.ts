/** The `ro` metadata of an executor that a command line has made for a run: no other has its value. */
export const RUN_KEY = 'taskport/run';

/** An ID without its kind, as people type it. */
export const shortOf = (id: string): string => id.replace(/^[a-z]+:\/\//, '');
