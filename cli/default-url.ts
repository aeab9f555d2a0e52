/** The default address of Taskport. */
export const DEFAULT_URL = 'http://127.0.0.1:8787';
