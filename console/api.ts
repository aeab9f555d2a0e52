import { Taskport } from '../client/taskport.ts';
import { defined } from '../lib/defined.ts';
import { readToken } from './session.ts';

const open = (): Taskport => {
  const token = readToken();
  return new Taskport(defined({ url: window.location.origin, token }));
};

/** The client of the API that served this page. */
export let api = open();

/** Recreates the client with the stored token. */
export const reopen = (): void => {
  api = open();
};
