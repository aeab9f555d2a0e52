import { fileURLToPath } from 'node:url';
import { readEnvironment } from '../../lib/adapters/environment.ts';
import { behindGateway } from '../gateway.ts';
import { createConsole } from './app.ts';

const { dataOrigin } = readEnvironment('dataOrigin');
const { TASKPORT_CONSOLE: built } = process.env;

export const app = createConsole({
  // The bundle is beside this module when deployed; a host that runs the sources sets its directory.
  directory: built ?? fileURLToPath(new URL('./console/', import.meta.url)),
  stores: [dataOrigin],
});

export const handler = behindGateway(app);
