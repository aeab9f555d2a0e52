import * as z from 'zod/mini';
import { described, optional } from '../../../lib/facts.ts';
import { time } from '../../../lib/formats.ts';
import { answered } from './component.ts';
import { defineOperations } from './operation.ts';

const health = answered(
  'Health',
  'That the API is alive.',
  z.object({ status: described(z.literal('ok'), 'Always `ok`.') }),
);

const openApi = answered(
  'OpenApi',
  'An OpenAPI 3.1 document.',
  z.looseObject({
    openapi: described(z.string(), 'The version of OpenAPI.'),
    info: described(z.looseObject({}), 'Title and version of the API.'),
    paths: described(z.looseObject({}), 'What can be called.'),
  }),
);

const caller = answered(
  'Caller',
  'Who calls.',
  z.object({
    principal: described(z.string(), 'The name of the caller in grants.'),
    administrator: described(z.boolean(), 'Whether the caller administers the deployment.'),
    administrators: optional(
      z.array(z.string()),
      'All administrators of the deployment; shown only to administrators.',
    ),
  }),
);

const credentials = answered(
  'RegistryCredentials',
  'The credentials with which clients of registries sign in.',
  z.object({
    username: described(z.string(), 'The user name.'),
    password: described(
      z.string(),
      'The password. It contains the caller and the expiry, and no permissions.',
    ),
    expiresAt: described(time, 'Until when it is good.'),
  }),
);

/** The gateway answers this, in its own words. */
const tooMany = ['Too many ask at once.'] as const;

export const serviceOperations = defineOperations('service', {
  readHealth: {
    call: 'GET /v1/health',
    summary: 'Say that the API is alive',
    open: true,
    answers: { 200: ['It is.', health], 429: tooMany },
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
    summary: 'Say who calls',
    description: 'As a location’s `grants` and `owner` name principals.',
    answers: { 200: ['The caller.', caller] },
  },
  createRegistryCredentials: {
    call: 'POST /v1/registry/credentials',
    summary: 'Get a password for clients of registries',
    description:
      'With it docker, Kubernetes and others sign in to `/v2/` as the caller, for fifteen minutes. What the caller may do is looked up at each of their requests.',
    answers: { 200: ['A user name and a password.', credentials, 'Cache-Control'] },
  },
});
