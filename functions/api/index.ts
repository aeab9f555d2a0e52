import { handle } from 'hono/aws-lambda';
import { readEnvironment } from '../../lib/adapters/environment.ts';
import { createDependencies } from '../dependencies.ts';
import { createApp } from './app.ts';

const localPrincipal = process.env.TASKPORT_LOCAL_PRINCIPAL;

export const app = createApp(
  createDependencies(readEnvironment('table', 'log', 'bucket', 'store')),
  localPrincipal === undefined ? {} : { localPrincipal },
);

export const handler = handle(app);
