import { channel } from 'node:diagnostics_channel';
import type { FunctionWiring } from '../function-wiring.ts';

/** A channel whose message is the name of the working function. A store bound to the channel attributes calls to that function. */
export const functionCalls = channel('taskport:function');

/** Runs `call` in the name of a function. */
export const asFunction = <T>(name: FunctionWiring['name'], call: () => T): T =>
  functionCalls.runStores(name, call) as T;
