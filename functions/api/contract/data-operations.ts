import { defined } from '../../../lib/defined.ts';
import { replacementRequest } from '../../../lib/element/replace-data.ts';
import { completion } from '../../../lib/element/upload/complete-upload.ts';
import { upload } from '../../../lib/element/upload/upload-schema.ts';
import { uploadQuery } from '../routes/element-data.ts';
import { ELEMENT, ofData } from './element-operations.ts';
import { awaitedElement, element } from './elements.ts';
import { type AnswerTo, defineOperation, type Operation, ofLocation } from './operation.ts';

const tag = 'data';

/** What reads of the data answer: where it is, and there it is. */
const located = (method: 'get' | 'head'): Record<number, AnswerTo> => ({
  200: defined({
    description: 'The data, which the store answers to clients that follow the redirect.',
    bytes: method === 'get' ? true : undefined,
  }),
  307: {
    description: 'The data is at `Location` for a while; `ETag` is its checksum.',
    headers: ['Location', 'ETag', 'Cache-Control'],
  },
  304: { description: 'It is the data that the caller has.', headers: ['ETag'] },
});

/** What keeps data from becoming an element's. */
const ofSettling = [
  ...ofLocation,
  'invalid-location',
  'not-found',
  'invalid-state',
  ...ofData,
  'insufficient-space',
  'revision-mismatch',
] as const;

const locating = (method: 'get' | 'head', id: string, summary: string): Operation =>
  defineOperation({
    id,
    method,
    path: `${ELEMENT}/data`,
    tag,
    summary,
    headers: ['If-None-Match'],
    answers: located(method),
    problems: [...ofLocation, 'not-found', 'invalid-state'],
  });

export const dataOperations = [
  defineOperation({
    id: 'putData',
    method: 'put',
    path: `${ELEMENT}/data`,
    tag,
    summary: 'Put the data of a pending element, in one piece',
    description:
      'Up to 4 MiB. Images and volumes take a tar archive, plain or packed by gzip or zstd, of up to 256 MiB when it is unpacked; what is larger is uploaded by signed requests.',
    body: { type: 'application/octet-stream' },
    answers: { 200: { description: 'The element, which is `ready`.', schema: element, headers: ['ETag'] } },
    problems: ofSettling,
  }),
  locating('get', 'getData', 'Get the data of an element'),
  locating('head', 'headData', 'Ask for the data of an element'),
  defineOperation({
    id: 'replaceData',
    method: 'post',
    path: `${ELEMENT}/data/upload`,
    tag,
    summary: 'Begin to replace the data of a volume',
    description: 'It stays `ready`, with the data that it has, until the new is verified.',
    headers: ['Idempotency-Key'],
    body: { schema: replacementRequest, type: 'application/json' },
    answers: {
      201: {
        description: 'The volume, and how the data is uploaded.',
        schema: awaitedElement,
        headers: ['ETag', 'Idempotency-Replayed'],
      },
    },
    problems: [
      ...ofLocation,
      'invalid-location',
      'not-found',
      'invalid-state',
      'in-use',
      'unsupported-checksum-algorithm',
      'insufficient-space',
      'revision-mismatch',
    ],
  }),
  defineOperation({
    id: 'readUpload',
    method: 'get',
    path: `${ELEMENT}/data/upload`,
    tag,
    summary: 'Get the signed requests of an upload again',
    query: uploadQuery,
    answers: { 200: { description: 'A page of them.', schema: upload } },
    problems: [...ofLocation, 'invalid-location', 'not-found', 'invalid-state'],
  }),
  defineOperation({
    id: 'completeUpload',
    method: 'post',
    path: `${ELEMENT}/data/complete`,
    tag,
    summary: 'Finish an upload',
    description: 'Repeated, it answers what has become of it.',
    headers: ['Idempotency-Key'],
    body: { schema: completion, type: 'application/json', optional: true },
    answers: {
      200: {
        description: 'The element, which is `ready`.',
        schema: element,
        headers: ['ETag', 'Idempotency-Replayed'],
      },
      202: {
        description: 'The data is being read: the element is `verifying`, or the volume keeps what it has.',
        schema: element,
        headers: ['ETag', 'Idempotency-Replayed'],
      },
    },
    problems: ofSettling,
  }),
];
