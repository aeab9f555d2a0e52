import {
  ENGINE_LOGS,
  readAdministrators,
  readEngines,
  readEnvironment,
  readRequestsPerMinute,
  readSilenceSeconds,
} from '../../lib/adapters/environment.ts';
import { defined } from '../../lib/defined.ts';
import { createDependencies, createQuota } from '../dependencies.ts';
import { behindGateway } from '../gateway.ts';
import { createApp } from './app.ts';

const localPrincipal = process.env.TASKPORT_LOCAL_PRINCIPAL;
const stores = readEnvironment('table', 'log', 'bucket', 'handles', 'store');
const requestsPerMinute = readRequestsPerMinute();

export const app = createApp(
  createDependencies({
    ...stores,
    administrators: readAdministrators(),
    engines: readEngines(),
    ...defined({ silenceSeconds: readSilenceSeconds(), engineLogGroup: process.env[ENGINE_LOGS] }),
  }),
  defined({
    localPrincipal,
    quota: requestsPerMinute === undefined ? undefined : createQuota(stores, requestsPerMinute),
  }),
);

export const handler = behindGateway(app);
