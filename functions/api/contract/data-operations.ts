import { replacementRequest } from '../../../lib/element/replace-data.ts';
import { element } from '../../../lib/element/shown-element.ts';
import { completion } from '../../../lib/element/upload/complete-upload.ts';
import { upload } from '../../../lib/element/upload/upload-schema.ts';
import { uploadQuery } from '../routes/element-data.ts';
import { ofData } from './element-operations.ts';
import { awaitedElement } from './elements.ts';
import { defineOperations } from './operation.ts';

/** The problems of an upload that ends. */
const ofSettling = [
  'invalid-location',
  'invalid-state',
  ...ofData,
  'insufficient-space',
  'revision-mismatch',
] as const;

/** The answers of reads of data: the redirect, and the data to which it leads. */
const FOLLOWED = 'The data, which the store answers to clients that follow the redirect.';
const located = {
  307: [
    'The data is at `Location` for a while; `ETag` is its checksum.',
    undefined,
    'Location',
    'ETag',
    'Cache-Control',
  ],
  304: ['It is the data that the caller has.', undefined, 'ETag'],
} as const;

export const dataOperations = defineOperations('data', {
  putData: {
    call: 'PUT /v1/elements/{kind}/{location}/{name}/data',
    summary: 'Put the data of a pending element, in one piece',
    description:
      'Up to 4 MiB. Images and volumes take a tar archive, plain or packed by gzip or zstd, of up to 256 MiB when it is unpacked; what is larger is uploaded by signed requests.',
    body: 'bytes',
    answers: { 200: ['The element, which is `ready`.', element, 'ETag'] },
    problems: ofSettling,
  },
  getData: {
    call: 'GET /v1/elements/{kind}/{location}/{name}/data',
    summary: 'Get the data of an element',
    headers: ['If-None-Match'],
    answers: { 200: [FOLLOWED, 'bytes'], ...located },
    problems: ['invalid-state'],
  },
  headData: {
    call: 'HEAD /v1/elements/{kind}/{location}/{name}/data',
    summary: 'Check that an element has data',
    headers: ['If-None-Match'],
    answers: { 200: [FOLLOWED], ...located },
    problems: ['invalid-state'],
  },
  replaceData: {
    call: 'POST /v1/elements/{kind}/{location}/{name}/data/upload',
    summary: 'Begin to replace the data of a volume',
    description: 'It stays `ready`, with the data that it has, until the new is verified.',
    headers: ['Idempotency-Key', 'If-Match'],
    body: replacementRequest,
    answers: { 201: ['The volume, and how the data is uploaded.', awaitedElement, 'ETag'] },
    problems: [
      'invalid-location',
      'invalid-state',
      'volume-attached',
      'in-use',
      'unsupported-checksum-algorithm',
      'insufficient-space',
      'revision-mismatch',
    ],
  },
  readUpload: {
    call: 'GET /v1/elements/{kind}/{location}/{name}/data/upload',
    summary: 'Get the signed requests of an upload again',
    query: uploadQuery,
    answers: { 200: ['A page of them.', upload] },
    problems: ['invalid-location', 'invalid-state', 'volume-attached'],
  },
  completeUpload: {
    call: 'POST /v1/elements/{kind}/{location}/{name}/data/complete',
    summary: 'Finish an upload',
    description: 'A repeat answers the present state.',
    headers: ['Idempotency-Key'],
    body: completion,
    isBodyOptional: true,
    answers: {
      200: ['The element, which is `ready`.', element, 'ETag'],
      202: [
        'The data is being read: the element is `verifying`, or the volume keeps what it has.',
        element,
        'ETag',
      ],
    },
    problems: [...ofSettling, 'volume-attached'],
  },
  verifyData: {
    call: 'POST /v1/elements/{kind}/{location}/{name}/data/verify',
    summary: 'Have the digest of an image computed',
    description:
      'Of an image that was made before digests were recorded; its parent’s comes first. Its data is read for it, and nothing else of it changes. Repeated, it answers what has become of it; a reading that came to no end is begun anew after a quarter of an hour.',
    answers: {
      200: ['The image. It has a `digest`, unless it has no layers.', element, 'ETag'],
      202: ['The data is being read: the image has a `digest` soon, or a `problem`.', element, 'ETag'],
    },
    problems: ['invalid-location', 'invalid-state', 'invalid-parent', 'revision-mismatch'],
  },
});
