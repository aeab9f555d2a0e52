import { fileURLToPath } from 'node:url';
import { readEnvironment } from '../../lib/adapters/environment.ts';
import { behindGateway } from '../gateway.ts';
import { createConsole } from './app.ts';

const { bucket } = readEnvironment('bucket');
const { AWS_ENDPOINT_URL_S3: endpoint, AWS_REGION: region, TASKPORT_CONSOLE: built } = process.env;

export const app = createConsole({
  // Beside this module where it is deployed; a host that runs the sources says where it is.
  directory: built ?? fileURLToPath(new URL('./console/', import.meta.url)),
  stores: [endpoint ?? `https://${bucket}.s3.${region}.amazonaws.com`],
});

export const handler = behindGateway(app);
