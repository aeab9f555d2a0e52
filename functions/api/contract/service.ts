import * as z from 'zod/mini';
import { described, optional } from '../../../lib/facts.ts';
import { time } from '../../../lib/formats.ts';
import { answered } from './component.ts';
import { defineOperations } from './operation.ts';

const health = answered(
  'Health',
  'The health of the API.',
  z.object({ status: described(z.literal('ok'), 'Always `ok`.') }),
);

const openApi = answered(
  'OpenApi',
  'An OpenAPI 3.1 document.',
  z.looseObject({
    openapi: described(z.string(), 'The version of OpenAPI.'),
    info: described(z.looseObject({}), 'The title and the version of the API.'),
    paths: described(z.looseObject({}), 'The paths of the API and their operations.'),
  }),
);

const caller = answered(
  'Caller',
  'The caller.',
  z.object({
    principal: described(z.string(), 'The name of the caller in grants.'),
    administrator: described(z.boolean(), 'Whether the caller administers the deployment.'),
    administrators: optional(
      z.array(z.string()),
      'All administrators of the deployment. Absent if the caller is not an administrator.',
    ),
  }),
);

const credentials = answered(
  'RegistryCredentials',
  'The credentials with which registry clients sign in.',
  z.object({
    username: described(z.string(), 'The user name.'),
    password: described(
      z.string(),
      'The password. It contains the name of the caller and the expiry time, and no permissions.',
    ),
    expiresAt: described(time, 'The time at which the password expires.'),
  }),
);

/** The gateway answers this, in its own words. */
const tooMany = ['The caller makes too many calls, or the API gets too many. Try again later.'] as const;

export const serviceOperations = defineOperations('service', {
  readHealth: {
    call: 'GET /v1/health',
    summary: 'Check that the API is alive',
    open: true,
    answers: { 200: ['The API is alive.', health], 429: tooMany },
  },
  readOpenApi: {
    call: 'GET /v1/openapi.json',
    summary: 'Get this document',
    open: true,
    headers: ['If-None-Match'],
    answers: { 200: ['The document.', openApi, 'ETag'], 429: tooMany },
  },
  readCaller: {
    call: 'GET /v1/caller',
    summary: 'Read the name of the caller',
    description: 'The answer names the caller as `grants` and `owner` of locations do.',
    answers: { 200: ['The caller.', caller] },
  },
  createRegistryCredentials: {
    call: 'POST /v1/registry/credentials',
    summary: 'Create a password for registry clients',
    description:
      'Docker, Kubernetes and other registry clients sign in to `/v2/` as the caller with this password for fifteen minutes. The service checks the permissions of the caller at each request.',
    answers: { 200: ['A user name and a password.', credentials, 'Cache-Control'] },
  },
});
