/** Where Taskport is unless something says otherwise. */
export const DEFAULT_URL = 'http://127.0.0.1:8787';
