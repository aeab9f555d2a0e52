import { channel } from 'node:diagnostics_channel';
import type { FunctionWiring } from '../function-wiring.ts';

/**
 * The channel that announces which function is working; its message is the function's name. A store that is
 * bound to the channel attributes calls to that function.
 */
export const functionCalls = channel('taskport:function');

/** Does something as one of the functions. */
export const asFunction = <T>(name: FunctionWiring['name'], call: () => T): T =>
  functionCalls.runStores(name, call) as T;
