import type { Action } from '../session.ts';

/** Prints a password for clients of registries, and nothing else. */
export const password: Action = async (session) => {
  const credentials = await session.taskport.registryCredentials(session.call);
  session.show(credentials, (issued) => issued.password);
};
