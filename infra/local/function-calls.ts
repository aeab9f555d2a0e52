import { channel } from 'node:diagnostics_channel';
import type { FunctionWiring } from '../function-wiring.ts';

/**
 * Where it is told which function is at work; its message is the function's name. A store that is bound to it sees what is done in
 * that function's name, and nobody has to.
 */
export const functionCalls = channel('taskport:function');

/** Does something as one of the functions. */
export const asFunction = <T>(name: FunctionWiring['name'], call: () => T): T =>
  functionCalls.runStores(name, call) as T;
