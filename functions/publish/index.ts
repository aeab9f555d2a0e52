import { readEnvironment } from '../../lib/adapters/environment.ts';
import { BridgeBus, createEventBridgeClient } from '../../lib/adapters/eventbridge/bridge-bus.ts';
import { createHandler } from './handler.ts';

export const handler = createHandler(new BridgeBus(createEventBridgeClient(), readEnvironment('bus').bus));
