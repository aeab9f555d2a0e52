import * as z from 'zod/mini';
import { answered } from './component.ts';
import { defineOperation } from './operation.ts';

const health = answered('Health', 'That the API is alive.', z.object({ status: z.literal('ok') }), {
  status: 'Always `ok`.',
});

const openApi = answered(
  'OpenApi',
  'An OpenAPI 3.1 document.',
  z.looseObject({ openapi: z.string(), info: z.looseObject({}), paths: z.looseObject({}) }),
  { openapi: 'The version of OpenAPI.', info: 'What the document is of.', paths: 'What can be called.' },
);

const caller = answered(
  'Caller',
  'Who calls.',
  z.object({
    principal: z.string(),
    administrator: z.boolean(),
    administrators: z.optional(z.array(z.string())),
  }),
  {
    principal: 'What grants name the caller by.',
    administrator: 'Whether the caller administers the deployment.',
    administrators: 'Everybody who does; told to those who do.',
  },
);

export const serviceOperations = [
  defineOperation({
    id: 'readHealth',
    method: 'get',
    path: '/v1/health',
    tag: 'service',
    summary: 'Say that the API is alive',
    open: true,
    answers: { 200: { description: 'It is.', schema: health } },
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
