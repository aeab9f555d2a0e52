import * as z from 'zod/mini';
import { described, optional } from '../../../lib/facts.ts';
import { answered } from './component.ts';
import { defineOperation } from './operation.ts';

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
    info: described(z.looseObject({}), 'What the document is of.'),
    paths: described(z.looseObject({}), 'What can be called.'),
  }),
);

const caller = answered(
  'Caller',
  'Who calls.',
  z.object({
    principal: described(z.string(), 'What grants name the caller by.'),
    administrator: described(z.boolean(), 'Whether the caller administers the deployment.'),
    administrators: optional(z.array(z.string()), 'Everybody who does; told to those who do.'),
  }),
);

/** Said by the gateway, in its own words. */
const tooMany = { description: 'Too many ask at once.' };

export const serviceOperations = [
  defineOperation({
    id: 'readHealth',
    method: 'get',
    path: '/v1/health',
    tag: 'service',
    summary: 'Say that the API is alive',
    open: true,
    answers: { 200: { description: 'It is.', schema: health }, 429: tooMany },
    problems: [],
  }),
  defineOperation({
    id: 'readOpenApi',
    method: 'get',
    path: '/v1/openapi.json',
    tag: 'service',
    summary: 'Get this document',
    open: true,
    headers: ['If-None-Match'],
    answers: {
      200: { description: 'The document.', schema: openApi, headers: ['ETag'] },
      304: { description: 'It is as the caller knows it.', headers: ['ETag'] },
      429: tooMany,
    },
    problems: [],
  }),
  defineOperation({
    id: 'readCaller',
    method: 'get',
    path: '/v1/caller',
    tag: 'service',
    summary: 'Say who calls',
    description: 'As a location’s `grants` and `owner` name principals.',
    answers: { 200: { description: 'The caller.', schema: caller } },
    problems: [],
  }),
];
