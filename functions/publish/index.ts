import { readEnvironment } from '../../lib/adapters/environment.ts';
import { BridgeBus, createEventBridgeClient } from '../../lib/adapters/eventbridge/bridge-bus.ts';
import { accountFor } from '../invocation.ts';
import { accountForBatch } from '../stream-account.ts';
import { createHandler } from './handler.ts';

const publish = createHandler(new BridgeBus(createEventBridgeClient(), readEnvironment('bus').bus));

export const handler = accountFor('publish', publish, accountForBatch);
