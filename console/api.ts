import { Taskport } from '../client/taskport.ts';
import { defined } from '../lib/defined.ts';
import { readToken } from './session.ts';

const open = (): Taskport => {
  const token = readToken();
  return new Taskport(defined({ url: window.location.origin, token }));
};

/** The API that this page came from, by the typed client. */
export let api = open();

/** Calls with the token that is kept now. */
export const reopen = (): void => {
  api = open();
};
