import type { Action } from '../session.ts';

/** Prints the caller, as grants name principals. */
export const whoami: Action = async (session) => {
  const caller = await session.taskport.caller(session.call);
  session.show(caller, () =>
    caller.administrator ? `${caller.principal} (administers the deployment)` : caller.principal,
  );
};
